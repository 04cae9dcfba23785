using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>A link that signs one browser in, once.</summary>
/// <param name="Url">Holds a secret: for the owner's eyes, and for no log.</param>
public sealed record SignInLink(Uri Url, DateTimeOffset ExpiresAt);

/// <summary>Makes sign-in links for the owner, who is known by the console or by the API's token, and takes each once. Thread-safe.</summary>
internal sealed class SignInLinks(PageAddress address, PeerOptions options, TimeProvider time)
{
    // Links that were made and never opened; one more, and the oldest is void.
    private const int MaxOpen = 16;

    private readonly Lock _gate = new();
    private readonly List<(string Hash, DateTimeOffset ExpiresAt, long MadeAt)> _open = [];

    public SignInLink Create()
    {
        var code = Secret.New();
        var expiresAt = time.GetUtcNow() + options.SignInLinkLifetime;
        lock (_gate)
        {
            _open.RemoveAll(link => !IsLive(link.ExpiresAt, link.MadeAt));
            if (_open.Count == MaxOpen)
            {
                _open.RemoveAt(0);
            }

            _open.Add((Secret.HashOf(code), expiresAt, time.GetTimestamp()));
        }

        return new SignInLink(new Uri(address.Home, $"login?code={code}"), expiresAt);
    }

    /// <summary>Whether <see cref="TryUse"/> would accept a code.</summary>
    public bool IsOpen(string code)
    {
        var hash = Secret.HashOf(code);
        lock (_gate)
        {
            return _open.Exists(link => link.Hash == hash && IsLive(link.ExpiresAt, link.MadeAt));
        }
    }

    /// <returns>False if there is no such link, or not any more.</returns>
    public bool TryUse(string code)
    {
        var hash = Secret.HashOf(code);
        lock (_gate)
        {
            var index = _open.FindIndex(link => link.Hash == hash);
            if (index < 0)
            {
                return false;
            }

            var isInTime = IsLive(_open[index].ExpiresAt, _open[index].MadeAt);
            _open.RemoveAt(index);
            return isInTime;
        }
    }

    // A link ends as soon as either clock says so, so putting a clock back does not prolong it.
    private bool IsLive(DateTimeOffset expiresAt, long madeAt) =>
        expiresAt > time.GetUtcNow() && time.GetElapsedTime(madeAt) < options.SignInLinkLifetime;
}
