using P2PChat.Node.Model;
using P2PChat.Node.Paths;

namespace P2PChat.Node.Services;

/// <summary>Registers the search for paths to other peers.</summary>
internal static class PathServices
{
    public static void AddPaths(this IServiceCollection services, PeerOptions options)
    {
        services.AddSingleton(
            new PathOptions
            {
                AttemptDelay = options.DialAttemptDelay,
                ConnectTimeout = options.DialTimeout,
                HandshakeTimeout = options.HandshakeTimeout,
                TotalTimeout = options.DialTotalTimeout,
            }
        );
        services.AddSingleton<PathContexts>();
        services.AddSingleton<PathReports>();
        services.AddSingleton<PathUpgrades>();
        services.AddSingleton<PathDialer>();
        services.AddSingleton<PathParts>();
        services.AddSingleton<SynHistory>();
        services.AddSingleton<PathRunFactory>();
        services.AddSingleton<PathRunner>();
        services.AddSingleton<PathCrossings>();
        services.AddSingleton<PathSearches>();
        services.AddSingleton<PathAnswers>();
        services.AddSingleton<IPathTester, PathTester>();
        services.AddSingleton<IncomingPathPolicy>();
    }

    /// <summary>Registers the services that run in the background, after the registrar.</summary>
    public static void AddPathSearches(this IServiceCollection services)
    {
        services.AddHostedService<CandidatePublisher>();
        services.AddHostedService<IncomingPaths>();
        services.AddHostedService<PathUpgrader>();
    }
}
