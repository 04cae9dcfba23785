using System.Net;

namespace P2PChat.Node.Lan;

/// <summary>The addresses of a known peer on the local network.</summary>
internal sealed class FoundOnLan(string tag)
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<IPEndPoint, (LanInterface On, TimeSpan Until)> _endpoints = [];

    /// <summary>The tag of its last announcement.</summary>
    public string Tag { get; private set; } = tag;

    /// <summary>When to ask again, at 80 % and 90 % of its time (RFC 6762, section 5.2).</summary>
    public TimeSpan RefreshAt { get; private set; }

    private TimeSpan Until => _endpoints.Count == 0 ? TimeSpan.Zero : _endpoints.Values.Max(value => value.Until);

    /// <summary>Replaces what was known on this interface.</summary>
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
        var before = _endpoints.Keys.ToHashSet();
        foreach (var old in _endpoints.Where(pair => pair.Value.On.Index == on.Index).ToList())
        {
            _ = _endpoints.Remove(old.Key);
        }

        foreach (var address in addresses)
        {
            if (_endpoints.Count < MdnsBrowser.MaxAddresses)
            {
                _endpoints[new IPEndPoint(address, port)] = (on, now + ttl);
            }
        }

        (Tag, RefreshAt) = (tag, now + ttl * 0.8);
        return !_endpoints.Keys.All(before.Contains);
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

    public bool IsExpiredAt(TimeSpan now) => Until <= now;

    public void NoteRefresh(TimeSpan now) => RefreshAt = Until - now > MinPause ? now + (Until - now) / 2 : Until;
}
