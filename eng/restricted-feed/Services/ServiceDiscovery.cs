using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Finds services by name in the configuration.</summary>
public static class ServiceDiscoveryServiceCollectionExtensions
{
    /// <summary>
    /// <c>http://discovery</c> is looked up in <c>services:discovery:http</c>, one address or several (<c>:0</c>, <c>:1</c>, …);
    /// a name that isn't there is left as it is, for DNS.
    /// </summary>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<ConfiguredEndpoints>();
        return services;
    }
}

/// <summary>Lets an HTTP client find services by name.</summary>
public static class ServiceDiscoveryHttpClientBuilderExtensions
{
    /// <summary>Each request goes to the next of its service's addresses.</summary>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder httpClientBuilder)
    {
        ArgumentNullException.ThrowIfNull(httpClientBuilder);
        httpClientBuilder.Services.AddServiceDiscovery();
        return httpClientBuilder.AddHttpMessageHandler(services =>
            new ResolvingHandler(services.GetRequiredService<ConfiguredEndpoints>()));
    }
}

/// <summary>The addresses in the section <c>services</c>, each service's in turn.</summary>
internal sealed class ConfiguredEndpoints(IConfiguration configuration)
{
    private readonly ConcurrentDictionary<string, uint> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The address to use now, or null where the configuration has none. Read anew each time: it may change.</summary>
    /// <param name="service">The host's name in the request's URI.</param>
    /// <param name="schemes">Those that will do, the best first: <c>https+http</c> is two.</param>
    public Uri? Next(string service, string[] schemes)
    {
        var section = configuration.GetSection("services").GetSection(service);
        var endpoint = schemes.Prepend("default").Select(section.GetSection).FirstOrDefault(named => named.Exists());
        if (endpoint is null) return null;

        var addresses = (endpoint.Value is { } single ? [single] : endpoint.GetChildren().Select(child => child.Value))
            .Select(value => Parse(value, endpoint.Path))
            .Where(address => schemes.Contains(address.Scheme))
            .GroupBy(address => Array.IndexOf(schemes, address.Scheme))
            .MinBy(group => group.Key)?.ToArray() ?? [];
        if (addresses.Length == 0) return null;
        return addresses[_turns.AddOrUpdate(service, 0, (_, turn) => turn + 1) % addresses.Length];
    }

    private static Uri Parse(string? value, string path) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Host.Length > 0
            ? address
            : throw new KeyNotFoundException($"{path} is not an address: write it as http://host:port.");
}

/// <summary>Puts the address in the place of the service's name, for the time of the request.</summary>
internal sealed class ResolvingHandler(ConfiguredEndpoints endpoints) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var original = request.RequestUri;
        if (original is null) return await base.SendAsync(request, cancellationToken);

        var schemes = original.Scheme.Split('+');
        var address = endpoints.Next(original.Host, schemes);
        var resolved = new UriBuilder(original) { Scheme = address?.Scheme ?? schemes[0] };
        if (address is not null)
        {
            (resolved.Host, resolved.Port) = (address.Host, address.Port);
            resolved.Path = $"{address.AbsolutePath.TrimEnd('/')}/{original.AbsolutePath.TrimStart('/')}";
        }

        request.RequestUri = resolved.Uri;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = original;
        }
    }
}
