using System.Reflection;

namespace P2PChat.AppHost;

/// <summary>Starts a project's built assembly, instead of by <c>dotnet run</c> (docs/decisions/0019).</summary>
internal static class BuiltAssembly
{
    // bin/Debug/net10.0/, the same in each project of the solution.
    private static readonly string Output = typeof(BuiltAssembly).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "OutputPath").Value!;

    /// <summary>Changes nothing under <c>dotnet watch</c> and an IDE's debugger: both have their own launcher.</summary>
    public static IResourceBuilder<ProjectResource> WithBuiltAssembly(this IResourceBuilder<ProjectResource> project)
    {
        var builder = project.ApplicationBuilder;
        var path = project.Resource.GetProjectMetadata().ProjectPath;
        var directory = Path.GetDirectoryName(path)!;
        var assembly = Path.Combine(directory, Output, $"{Path.GetFileNameWithoutExtension(path)}.dll");
        var hasOtherLauncher = Environment.GetEnvironmentVariable("DOTNET_WATCH") == "1"
            || !string.IsNullOrEmpty(builder.Configuration["DEBUG_SESSION_PORT"]);
        if (!builder.ExecutionContext.IsRunMode || hasOtherLauncher || !File.Exists(assembly)) return project;
        return project
            .WithAnnotation(new ExecutableAnnotation { Command = "dotnet", WorkingDirectory = directory })
            .WithArgs(assembly);
    }
}
