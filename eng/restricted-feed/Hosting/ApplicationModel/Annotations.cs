namespace Aspire.Hosting.ApplicationModel;

// What the builder's calls leave on a resource for the orchestrator to read at its start.

/// <param name="Name">The variable.</param>
/// <param name="Value">A text, or an <see cref="IValueProvider"/> that knows it at the start; null takes the variable away.</param>
internal sealed record EnvironmentAnnotation(string Name, object? Value) : IResourceAnnotation;
internal sealed record ArgumentsAnnotation(IReadOnlyList<string> Arguments) : IResourceAnnotation;
internal sealed record ReadinessAnnotation(IResource Dependency) : IResourceAnnotation;
internal sealed record HealthAnnotation(string Key, string? HttpPath) : IResourceAnnotation;
internal sealed record CommandAnnotation(string Name, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> Execute, IReadOnlyList<InteractionInput> Declared) : IResourceAnnotation;
internal sealed record ExplicitStartAnnotation : IResourceAnnotation;
internal sealed record ReplicasAnnotation(int Count) : IResourceAnnotation;
internal sealed record ReplicaOfAnnotation(string Project) : IResourceAnnotation;

public enum IconVariant { Regular = 0, Filled = 1 }

public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }
    public string? DisplayText { get; set; }
}
