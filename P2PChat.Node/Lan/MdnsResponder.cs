using System.Net;

namespace P2PChat.Node.Lan;

/// <summary>
/// Announces this peer, and answers questions about it (RFC 6762, sections 6 and 8.3). A state machine without I/O.
/// Times are durations since a fixed moment, by a monotonic clock.
/// </summary>
/// <param name="random">Draws the delay of an answer.</param>
internal sealed class MdnsResponder(Random random)
{
    public const int MulticastPort = 5353;

    // RFC 6762, section 10: 120 s for records with a host name in them, 75 min for others.
    private static readonly TimeSpan HostTtl = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan OtherTtl = TimeSpan.FromMinutes(75);

    // Simple resolvers must not cache for long (section 6.7).
    private static readonly TimeSpan SimpleTtl = TimeSpan.FromSeconds(10);

    // Section 8.3: at least two announcements, a second apart.
    private static readonly TimeSpan[] AnnounceAfter = [TimeSpan.Zero, TimeSpan.FromSeconds(1)];

    // Section 6: a record is not multicast again within a second.
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);

    private const int MaxUnicastPerSecond = 10;

    private readonly Dictionary<int, TimeSpan> _due = [];
    private readonly Dictionary<int, TimeSpan> _sentAt = [];
    private readonly Queue<TimeSpan> _announcements = [];
    private IReadOnlyList<LanInterface> _interfaces = [];
    private (string Tag, int Port)? _own;
    private (TimeSpan Since, int Count) _unicast;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public TimeSpan? Deadline
    {
        get
        {
            var times = _announcements.Take(1).Concat(_due.Values).ToList();
            return times.Count == 0 ? null : times.Min();
        }
    }

    /// <summary>Announces this peer, and withdraws its previous announcement with a goodbye.</summary>
    /// <param name="own">Tag and port; null to announce nothing.</param>
    public IReadOnlyList<MdnsEffect> Configure(
        (string Tag, int Port)? own,
        IReadOnlyList<LanInterface> interfaces,
        TimeSpan now
    )
    {
        if (own == _own && interfaces.SequenceEqual(_interfaces))
        {
            return [];
        }

        List<MdnsEffect> goodbye = own == _own ? [] : [.. AllSay(isGoodbye: true)];
        (_own, _interfaces) = (own, interfaces);
        _due.Clear();
        _announcements.Clear();
        foreach (var after in own is null ? [] : AnnounceAfter)
        {
            _announcements.Enqueue(now + after);
        }

        return [.. goodbye, .. Tick(now)];
    }

    /// <summary>Handles a message that came from the link of an interface.</summary>
    public IReadOnlyList<MdnsEffect> Receive(DnsMessage message, IPEndPoint from, LanInterface on, TimeSpan now)
    {
        if (message.IsResponse || _own is null || !Asks(message))
        {
            return [];
        }

        // A simple resolver asks from another port, and expects the answer there.
        var isSimple = from.Port != MulticastPort;
        if (isSimple || message.Questions.All(question => question.WantsUnicast))
        {
            return TrySpendUnicast(now) ? [new MdnsEffect.Unicast(from, Answer(message, on, isSimple))] : [];
        }

        if (!_due.ContainsKey(on.Index))
        {
            // Section 6: 20 to 120 ms, so that many answers do not collide.
            var due = now + TimeSpan.FromMilliseconds(20 + random.Next(100));
            _due[on.Index] =
                _sentAt.TryGetValue(on.Index, out var sent) && sent + MinInterval > due ? sent + MinInterval : due;
        }

        return [];
    }

    /// <summary>Sends what is due.</summary>
    public IReadOnlyList<MdnsEffect> Tick(TimeSpan now)
    {
        var effects = new List<MdnsEffect>();
        if (_announcements.TryPeek(out var announcement) && announcement <= now)
        {
            _ = _announcements.Dequeue();
            _due.Clear();
            effects.AddRange(AllSay(isGoodbye: false));
            foreach (var one in _interfaces)
            {
                _sentAt[one.Index] = now;
            }
        }

        foreach (var (index, _) in _due.Where(due => due.Value <= now).ToList())
        {
            _ = _due.Remove(index);
            if (_interfaces.FirstOrDefault(one => one.Index == index) is { } on)
            {
                effects.Add(new MdnsEffect.Multicast(on, Response(0, [], Records(on))));
                _sentAt[index] = now;
            }
        }

        return effects;
    }

    private bool Asks(DnsMessage message)
    {
        var (instance, host) = (LanNames.Instance(_own!.Value.Tag), LanNames.Host(_own.Value.Tag));
        return message.Questions.Any(question =>
            (question.Name, question.Type) switch
            {
                (LanNames.Service, DnsType.Ptr or DnsType.Any) => !message.Answers.Any(known =>
                    // The asker has it already, for longer than half of its time (section 7.1).
                    known.Name == LanNames.Service
                    && known.Data == new DnsData.Ptr(instance)
                    && known.Ttl >= OtherTtl / 2
                ),
                (LanNames.ServiceTypes, DnsType.Ptr or DnsType.Any) => true,
                (var name, DnsType.Srv or DnsType.Txt or DnsType.Any) when name == instance => true,
                (var name, DnsType.A or DnsType.Aaaa or DnsType.Any) when name == host => true,
                _ => false,
            }
        );
    }

    private DnsMessage Answer(DnsMessage query, LanInterface on, bool isSimple)
    {
        var records = Records(on);
        return isSimple
            ? Response(query.Id, query.Questions, [.. records.Select(record => record with { Ttl = SimpleTtl })])
            : Response(0, [], records);
    }

    private IEnumerable<MdnsEffect> AllSay(bool isGoodbye) =>
        _own is null
            ? []
            : _interfaces.Select(on => new MdnsEffect.Multicast(
                on,
                Response(
                    0,
                    [],
                    [.. Records(on).Select(record => isGoodbye ? record with { Ttl = TimeSpan.Zero } : record)]
                )
            ));

    private List<DnsRecord> Records(LanInterface on)
    {
        var (tag, port) = _own!.Value;
        var (instance, host) = (LanNames.Instance(tag), LanNames.Host(tag));
        return
        [
            new DnsRecord(LanNames.ServiceTypes, OtherTtl, new DnsData.Ptr(LanNames.Service)),
            new DnsRecord(LanNames.Service, OtherTtl, new DnsData.Ptr(instance)),
            new DnsRecord(instance, HostTtl, new DnsData.Srv(port, host)),
            new DnsRecord(instance, OtherTtl, new DnsData.Txt("v=1")),
            .. on
                .Addresses.Take(MdnsBrowser.MaxAddresses)
                .Select(address => new DnsRecord(host, HostTtl, new DnsData.Host(address))),
        ];
    }

    private static DnsMessage Response(
        ushort id,
        IReadOnlyList<DnsQuestion> questions,
        IReadOnlyList<DnsRecord> records
    ) => new(id, IsResponse: true, questions, records);

    private bool TrySpendUnicast(TimeSpan now)
    {
        if (now - _unicast.Since >= TimeSpan.FromSeconds(1))
        {
            _unicast = (now, 0);
        }

        return ++_unicast.Count <= MaxUnicastPerSecond;
    }
}
