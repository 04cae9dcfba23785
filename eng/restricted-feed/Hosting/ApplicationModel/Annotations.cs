namespace Aspire.Hosting.ApplicationModel;

// What the builder's calls leave on a resource for the orchestrator to read at its start.

internal sealed record EnvironmentAnnotation(string Name, object Value) : IResourceAnnotation;

internal sealed record ArgumentsAnnotation(IReadOnlyList<string> Arguments) : IResourceAnnotation;

internal sealed record ReadinessAnnotation(IResource Dependency) : IResourceAnnotation;

internal sealed record HealthAnnotation(string Key) : IResourceAnnotation;
