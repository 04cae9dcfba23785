using Microsoft.Extensions.DependencyInjection.Extensions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Relay;
using Polly.CircuitBreaker;

namespace P2PChat.Node.Services;

/// <summary>Registers the client of the directory.</summary>
internal static class DirectoryClientServices
{
    public static void AddDirectoryClient(this IServiceCollection services, PeerOptions options)
    {
        services
            .AddHttpClient(FileStoreClient.HttpClientName, client => FileStoreClient.Configure(client, options))
            .AddDirectoryConnections();
        services
            .AddHttpClient(DirectoryHttpClient.HttpClientName, client => DirectoryHttpClient.Configure(client, options))
            .AddDirectoryConnections();
        services
            .AddHttpClient(DirectoryProbe.HttpClientName, DirectoryProbe.Configure)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    ConnectTimeout = TimeSpan.FromSeconds(3),
                }
            );
        services.AddSingleton<DirectoryProbe>();
        services.AddSingleton<DirectoryTime>();
        services.AddSingleton<DirectorySockets>();
        services.AddSingleton<DirectoryAccess>();
        services.AddSingleton<DirectoryHttpClient>();
        services.AddSingleton<DirectoryIdProvider>();
        services.AddSingleton<DirectoryRegistration>();
        services.AddSingleton<PeerLookup>();
        services.AddSingleton<NameChecker>();
        services.AddSingleton<MailboxClient>();
        services.AddSingleton<FileStoreClient>();
        services.AddSingleton<PathRequestVerifier>();
        services.AddSingleton<PathSignals>();
        services.AddSingleton<PathSessionClient>();
        services.AddSingleton<RelayConnector>();
        services.AddSingleton<SignalWatch>();
        services.AddSingleton<RequestBoxClient>();
        services.AddSingleton<JoinCodeClient>();
        services.AddSingleton<AddressMonitor>();
        services.AddSingleton<LocalCandidates>();
        services.AddSingleton<OwnRecord>();
        services.AddSingleton<Registrar>();
        services.AddSingleton<DirectoryWatch>();

        // A host with a circuit breaker registers its control, so that a changed network closes the circuit.
        services.TryAddSingleton<CircuitBreakerManualControl>();
    }

    private static void AddDirectoryConnections(this IHttpClientBuilder client) =>
        client
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                ConnectCallback = provider.GetRequiredService<DirectorySockets>().ConnectAsync,
                // A redirect would send the join token to another server.
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(3),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                // The pool looks for idle connections four times per timeout.
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(4),
            })
            // PooledConnectionLifetime already makes connections find new addresses. Replaced handlers would be polled
            // every 10 s until they are garbage-collected.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler(provider => new DirectoryTime.Handler(provider.GetRequiredService<DirectoryTime>()));
}
