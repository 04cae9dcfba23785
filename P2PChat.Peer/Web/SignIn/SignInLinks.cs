using P2PChat.Node.Model;
using P2PChat.Peer.Api;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Creates sign-in links, and accepts each of them once. Thread-safe.</summary>
internal sealed class SignInLinks(PageAddress address, PeerOptions options, TimeProvider timeProvider) : ISignInLinks
{
    // If one more link is created, the oldest unused one becomes invalid.
    private const int MaxUnused = 16;

    private readonly Lock _gate = new();
    private readonly List<(string Hash, DateTimeOffset ExpiresAt, long CreatedAt)> _unused = [];

    public SignInLink Create()
    {
        var code = Secret.New();
        var expiresAt = timeProvider.GetUtcNow() + options.SignInLinkLifetime;
        lock (_gate)
        {
            _unused.RemoveAll(link => !IsLive(link.ExpiresAt, link.CreatedAt));
            if (_unused.Count == MaxUnused)
            {
                _unused.RemoveAt(0);
            }

            _unused.Add((Secret.HashOf(code), expiresAt, timeProvider.GetTimestamp()));
        }

        return new SignInLink(new Uri(address.Home, $"login?code={code}"), expiresAt);
    }

    /// <summary>Whether <see cref="TryUse"/> would accept a code.</summary>
    public bool IsValid(string code)
    {
        var hash = Secret.HashOf(code);
        lock (_gate)
        {
            return _unused.Exists(link => link.Hash == hash && IsLive(link.ExpiresAt, link.CreatedAt));
        }
    }

    /// <summary>Uses a link up.</summary>
    /// <returns>False if the code is unknown, used or expired.</returns>
    public bool TryUse(string code)
    {
        var hash = Secret.HashOf(code);
        lock (_gate)
        {
            var index = _unused.FindIndex(link => link.Hash == hash);
            if (index < 0)
            {
                return false;
            }

            var isInTime = IsLive(_unused[index].ExpiresAt, _unused[index].CreatedAt);
            _unused.RemoveAt(index);
            return isInTime;
        }
    }

    // A link expires as soon as either clock says so, so setting a clock back does not prolong it.
    private bool IsLive(DateTimeOffset expiresAt, long createdAt) =>
        expiresAt > timeProvider.GetUtcNow() && timeProvider.GetElapsedTime(createdAt) < options.SignInLinkLifetime;
}
