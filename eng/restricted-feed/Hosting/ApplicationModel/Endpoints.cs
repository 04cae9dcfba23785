using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

public enum EndpointProperty { Url = 0, Host = 1, IPV4Host = 2, Port = 3, Scheme = 4, TargetPort = 5, HostAndPort = 6 }

public sealed class EndpointAnnotation : IResourceAnnotation
{
    internal EndpointAnnotation(string name, string scheme, int? port, int? targetPort, bool isProxied)
    {
        Name = name;
        UriScheme = scheme;
        Port = port;
        TargetPort = targetPort;
        IsProxied = isProxied;
    }

    public string Name { get; set; }
    public string UriScheme { get; set; }
    public int? Port { get; set; }
    public int? TargetPort { get; set; }
    public bool IsProxied { get; set; }

    /// <summary>Where the endpoint is after the start; there is no proxy, so this is the process's own port.</summary>
    internal int? AllocatedPort { get; set; }

    /// <summary>An endpoint whose port goes into a variable of its own is left out of ASPNETCORE_URLS.</summary>
    internal bool HasVariableOfItsOwn { get; set; }

    internal EndpointAnnotation WithoutPort() => new(Name, UriScheme, port: null, targetPort: null, IsProxied) { HasVariableOfItsOwn = HasVariableOfItsOwn };
}

public sealed class EndpointReference : IExpressionValue
{
    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        Resource = owner;
        EndpointName = endpointName;
    }

    public IResourceWithEndpoints Resource { get; }
    public string EndpointName { get; }

    public EndpointAnnotation EndpointAnnotation =>
        Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(each => each.Name == EndpointName)
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`.");

    public int Port => EndpointAnnotation.AllocatedPort
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public string Scheme => EndpointAnnotation.UriScheme;
    public string Url => $"{Scheme}://localhost:{Port}";
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);
}

public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property) : IExpressionValue
{
    public EndpointReference Endpoint { get; } = endpointReference;
    public EndpointProperty Property { get; } = property;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Property switch
    {
        EndpointProperty.Url => Endpoint.Url,
        EndpointProperty.Scheme => Endpoint.Scheme,
        EndpointProperty.Host => "localhost",
        EndpointProperty.IPV4Host => "127.0.0.1",
        EndpointProperty.HostAndPort => $"localhost:{Endpoint.Port}",
        EndpointProperty.TargetPort => (Endpoint.EndpointAnnotation.TargetPort ?? Endpoint.Port).ToString(CultureInfo.InvariantCulture),
        _ => Endpoint.Port.ToString(CultureInfo.InvariantCulture),
    });
}

public static class ResourceExtensions
{
    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);
}
