using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Limits;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>Limits how often a key may start a path session.</summary>
internal sealed class PathSessionBudget(IOptions<DirectoryOptions> options, DirectoryMetrics metrics) : IDisposable
{
    private readonly bool _enabled = options.Value.RateLimits.Enabled;
    private readonly Budget _identity = new(
        options.Value.RateLimits.SessionsByIdentity,
        "path-sessions-identity",
        metrics
    );

    /// <exception cref="ProblemException">Too many sessions by this key.</exception>
    public void Spend(string peerId)
    {
        if (_enabled)
        {
            _identity.Spend(peerId);
        }
    }

    public void Dispose() => _identity.Dispose();
}
