using System.Globalization;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Each replica after the first is a process with a port of its own, for there is no proxy here: the first has the project's,
/// and service discovery knows them all. Who waits for the project waits for each.
/// </summary>
internal static class Replicas
{
    public static void Add(IDistributedApplicationBuilder builder)
    {
        foreach (var project in builder.Resources.OfType<ProjectResource>().ToList())
        {
            for (var index = 1; index < (project.Annotations.OfType<ReplicasAnnotation>().LastOrDefault()?.Count ?? 1); index++)
                Add(builder, project, index.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Add(IDistributedApplicationBuilder builder, ProjectResource project, string index)
    {
        var replica = builder.AddResource(new ProjectResource($"{project.Name}-{index}")).Note(new ReplicaOfAnnotation(project.Name));
        foreach (var each in project.Annotations.Where(each => each is not HealthAnnotation { HttpPath: not null }))
            replica.Note(each is EndpointAnnotation endpoint ? endpoint.WithoutPort() : each);
        foreach (var check in project.Annotations.OfType<HealthAnnotation>().Where(check => check.HttpPath is not null))
            replica.WithHttpHealthCheck(check.HttpPath);

        foreach (var dependent in builder.Resources)
        {
            if (dependent.Annotations.OfType<ReadinessAnnotation>().Any(needed => needed.Dependency == project))
                dependent.Annotations.Add(new ReadinessAnnotation(replica.Resource));
            foreach (var known in dependent.Annotations.OfType<EnvironmentAnnotation>().Where(each => each.Value is EndpointReference to && to.Resource == project && each.Name.EndsWith("__0", StringComparison.Ordinal)).ToList())
                dependent.Annotations.Add(new EnvironmentAnnotation(known.Name[..^1] + index, replica.GetEndpoint(((EndpointReference)known.Value!).EndpointName)));
        }
    }
}
