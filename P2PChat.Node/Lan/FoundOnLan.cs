using System.Net;

namespace P2PChat.Node.Lan;

/// <summary>The addresses of a known peer on the local network.</summary>
internal sealed class FoundOnLan
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(5);

    // A response may be delayed on purpose for up to a second (RFC 6762, section 6); the rest is for the network.
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<IPEndPoint, (LanInterface On, TimeSpan Until)> _endpoints = [];

    // Those of its announcements. A forged one may use that of another day, to which the peer does not answer.
    private readonly Dictionary<string, TimeSpan> _tags = new(StringComparer.Ordinal);

    /// <summary>When to ask again, at 80 % and 90 % of its time (RFC 6762, section 5.2).</summary>
    public TimeSpan RefreshAt { get; private set; }

    private TimeSpan Until => _endpoints.Count == 0 ? TimeSpan.Zero : _endpoints.Values.Max(value => value.Until);

    /// <summary>
    /// Adds addresses, and keeps earlier ones as long as their records last: anybody can announce others in between.
    /// </summary>
    /// <returns>Whether there is an address that was not known.</returns>
    public bool Update(
        string tag,
        int port,
        IEnumerable<IPAddress> addresses,
        LanInterface on,
        TimeSpan now,
        TimeSpan ttl
    )
    {
        var hasNew = false;
        foreach (var address in addresses)
        {
            var endpoint = new IPEndPoint(address, port);
            hasNew |= !_endpoints.TryGetValue(endpoint, out var known) || known.Until <= now;
            _endpoints[endpoint] = (on, now + ttl);
            _tags[tag] = now + ttl;
        }

        var isDisplaced = false;
        foreach (
            var (oldest, (_, until)) in _endpoints
                .OrderBy(pair => pair.Value.Until)
                .Take(_endpoints.Count - MdnsBrowser.MaxAddresses)
                .ToList()
        )
        {
            _ = _endpoints.Remove(oldest);
            isDisplaced |= until > now;
        }

        // The earliest expiry counts, so that a forged record cannot delay the question.
        var left = _endpoints.Count == 0 ? TimeSpan.Zero : _endpoints.Values.Min(value => value.Until) - now;
        // If others have displaced the peer's addresses, it is asked soon.
        RefreshAt = now + (left * 0.8 > MinPause && !isDisplaced ? left * 0.8 : MinPause);
        return hasNew;
    }

    /// <summary>
    /// Handles a goodbye: the addresses last a little longer, and the peer is asked, because anybody can say goodbye
    /// for it (RFC 6762, section 10.1).
    /// </summary>
    public void OnGoodbye(TimeSpan now)
    {
        if (Until <= now + GoodbyeTime)
        {
            return;
        }

        foreach (var (endpoint, (on, until)) in _endpoints.ToList())
        {
            _endpoints[endpoint] = (on, until < now + GoodbyeTime ? until : now + GoodbyeTime);
        }

        RefreshAt = now;
    }

    /// <summary>Removes the addresses that were found on other interfaces.</summary>
    public void RemoveOtherThan(IReadOnlyList<LanInterface> interfaces)
    {
        foreach (var old in _endpoints.Where(pair => !interfaces.Contains(pair.Value.On)).ToList())
        {
            _ = _endpoints.Remove(old.Key);
        }
    }

    public IReadOnlyList<IPEndPoint> EndpointsAt(TimeSpan now) =>
        [.. _endpoints.Where(pair => pair.Value.Until > now).Select(pair => pair.Key)];

    /// <summary>Returns the tags by which to ask for it.</summary>
    public IReadOnlyList<string> TagsAt(TimeSpan now)
    {
        foreach (var (old, _) in _tags.Where(pair => pair.Value <= now).ToList())
        {
            _ = _tags.Remove(old);
        }

        return [.. _tags.Keys];
    }

    public bool IsExpiredAt(TimeSpan now) => Until <= now;

    public void NoteRefresh(TimeSpan now) => RefreshAt = Until - now > MinPause ? now + (Until - now) / 2 : Until;
}
