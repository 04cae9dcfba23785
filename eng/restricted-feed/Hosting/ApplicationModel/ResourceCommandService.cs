namespace Aspire.Hosting.ApplicationModel;

public enum CommandResultFormat { Text = 0, Json = 1, Markdown = 2 }

public sealed class CommandResultData
{
    public required string Value { get; init; }
    public CommandResultFormat Format { get; init; }
    public bool DisplayImmediately { get; init; }
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }
    public string? Message { get; init; }
    public CommandResultData? Data { get; init; }
}

public sealed class ExecuteCommandContext
{
    public required IServiceProvider Services { get; init; }
    public required CancellationToken CancellationToken { get; init; }
    public required InteractionInputCollection Arguments { get; init; }
}

public class CommandOptions
{
    public string? Description { get; set; }
    public IReadOnlyList<InteractionInput> Arguments { get; set; } = [];
    public string? ConfirmationMessage { get; set; }
    public string? IconName { get; set; }
    public bool IsHighlighted { get; set; }
}

/// <summary>Carries out the commands of resources, for tests: nobody shows them here.</summary>
public class ResourceCommandService
{
    private readonly IServiceProvider _services;

    internal ResourceCommandService(IServiceProvider services)
    {
        _services = services;
    }

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken = default)
    {
        if (resource.Annotations.OfType<CommandAnnotation>().LastOrDefault(each => each.Name == commandName) is not { } command)
            return new() { Success = false, Message = $"Command '{commandName}' not available for resource '{resource.Name}'." };
        try
        {
            var all = arguments.UnionBy(command.Declared, input => input.Name).ToArray();
            return await command.Execute(new() { Services = _services, CancellationToken = cancellationToken, Arguments = new(all) }).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            return new() { Success = false, Message = failure.Message };
        }
    }
}
