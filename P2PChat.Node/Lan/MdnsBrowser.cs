using System.Net;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Lan;

/// <summary>
/// Looks for known peers on the local network (RFC 6762, section 5.2), and remembers where they are. Records of
/// strangers are not kept. A state machine without I/O, with times as in <see cref="MdnsResponder"/>.
/// </summary>
internal sealed class MdnsBrowser
{
    /// <summary>Limit on addresses of one peer.</summary>
    public const int MaxAddresses = 8;

    // The TTL of a peer's records. A forged record with a longer one must not outlast them.
    private static readonly TimeSpan MaxTtl = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(60);

    private readonly Dictionary<PeerId, FoundOnLan> _found = [];
    private IReadOnlyList<LanInterface> _interfaces = [];
    private IReadOnlyDictionary<string, PeerId> _known = new Dictionary<string, PeerId>();
    private TimeSpan? _nextQuery;
    private TimeSpan _pause = FirstPause;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public TimeSpan? Deadline =>
        _nextQuery is { } next ? _found.Values.Select(found => found.RefreshAt).Append(next).Min() : null;

    /// <summary>Starts to look again, at once if something has changed.</summary>
    /// <param name="known">The tags by which known peers may announce themselves now.</param>
    public IReadOnlyList<MdnsEffect> Configure(
        IReadOnlyDictionary<string, PeerId> known,
        IReadOnlyList<LanInterface> interfaces,
        TimeSpan now
    )
    {
        var isNew = !interfaces.SequenceEqual(_interfaces) || known.Any(pair => !_known.Values.Contains(pair.Value));
        (_known, _interfaces) = (known, interfaces);
        foreach (var lost in _found.Keys.Where(peer => !known.Values.Contains(peer)).ToList())
        {
            _ = _found.Remove(lost);
        }

        if (!isNew)
        {
            return [];
        }

        foreach (var found in _found.Values)
        {
            found.RemoveOtherThan(interfaces);
        }

        (_nextQuery, _pause) = (interfaces.Count == 0 ? null : now, FirstPause);
        return Tick(now);
    }

    /// <summary>Returns a peer's addresses that are valid now.</summary>
    public IReadOnlyList<IPEndPoint> EndpointsOf(PeerId peer, TimeSpan now) =>
        _found.TryGetValue(peer, out var found) ? found.EndpointsAt(now) : [];

    /// <summary>Handles a message that came from the link of an interface.</summary>
    public IReadOnlyList<MdnsEffect> Receive(DnsMessage message, LanInterface on, TimeSpan now)
    {
        if (!message.IsResponse)
        {
            return [];
        }

        var effects = new List<MdnsEffect>();
        foreach (var service in message.Answers.Where(record => record.Data is DnsData.Srv))
        {
            if (LanNames.TagOf(service.Name) is not { } tag || !_known.TryGetValue(tag, out var peer))
            {
                continue;
            }

            var (port, host) = ((DnsData.Srv)service.Data) is var data ? (data.Port, data.Target) : default;
            if (service.Ttl == TimeSpan.Zero)
            {
                _found.GetValueOrDefault(peer)?.OnGoodbye(now);
                continue;
            }

            // The rule for the ports of all candidates: docs/protocol.md, section 18.1.
            if (port is < 1024 and not 443)
            {
                continue;
            }

            var addresses = message
                .Answers.Where(record => record.Name == host && record.Ttl > TimeSpan.Zero)
                .Select(record => (record.Data as DnsData.Host)?.Address)
                .OfType<IPAddress>()
                .Where(address => IsUsable(address, on))
                .Take(MaxAddresses);
            var found = _found.GetValueOrDefault(peer) ?? new FoundOnLan();
            var ttl = service.Ttl < MaxTtl ? service.Ttl : MaxTtl;
            if (found.Update(tag, port, addresses, on, now, ttl))
            {
                _found[peer] = found;
                effects.Add(new MdnsEffect.Found(peer));
            }
        }

        return effects;
    }

    /// <summary>Sends the queries that are due, and removes expired records.</summary>
    public IReadOnlyList<MdnsEffect> Tick(TimeSpan now)
    {
        var questions = new List<DnsQuestion>();
        if (_nextQuery is { } next && next <= now)
        {
            questions.Add(new DnsQuestion(LanNames.Service, DnsType.Ptr));
            _nextQuery = now + _pause;
            _pause = 2 * _pause < LongestPause ? 2 * _pause : LongestPause;
        }

        foreach (var (peer, found) in _found.ToList())
        {
            if (found.IsExpiredAt(now))
            {
                _ = _found.Remove(peer);
            }
            else if (found.RefreshAt <= now)
            {
                found.NoteRefresh(now);
                questions.AddRange(
                    found.TagsAt(now).Select(tag => new DnsQuestion(LanNames.Instance(tag), DnsType.Srv))
                );
            }
        }

        return questions.Count == 0
            ? []
            : [.. _interfaces.Select(on => new MdnsEffect.Multicast(on, new DnsMessage(0, false, questions, [])))];
    }

    private static bool IsUsable(IPAddress address, LanInterface on) =>
        !IPAddress.IsLoopback(address)
        && !address.IsIPv6LinkLocal
        && !address.IsIPv6Multicast
        && !address.IsIPv4MappedToIPv6
        && on.IsOnLink(address);
}
