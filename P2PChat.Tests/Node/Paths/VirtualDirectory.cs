using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.Paths;

/// <summary>The directory's part: sessions, signals and the relay. Each message takes half a round trip.</summary>
internal sealed class VirtualDirectory(VirtualTime time)
{
    private readonly List<VirtualLeg> _legs = [];

    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(25);

    public TimeSpan Jitter { get; set; }

    /// <summary>The share of signals that do not arrive.</summary>
    public double SignalLoss { get; set; }

    public bool HasRelay { get; set; } = true;

    public bool IsReachable { get; set; } = true;

    /// <summary>Legs of the relay that are not closed.</summary>
    public int OpenLegs => _legs.Count;

    /// <summary>Opens a session, and tells the callee.</summary>
    /// <param name="opened">Called at the caller, with the session; null if it could not be opened.</param>
    public void Open(
        VirtualPeer caller,
        VirtualPeer callee,
        IReadOnlyList<Endpoint> candidates,
        bool withRelay,
        Action<VirtualSession?> opened
    )
    {
        if (!IsReachable)
        {
            return;
        }

        Travel(() =>
        {
            var session = callee.IsOnline ? new VirtualSession(this, caller, callee, candidates, withRelay) : null;
            Travel(() => opened(session));
            if (session is not null)
            {
                Signal(() => callee.Asked(session));
            }
        });
    }

    /// <summary>Passes the callee's answer on.</summary>
    /// <param name="posted">Called at the callee.</param>
    public void Answer(VirtualSession session, IReadOnlyList<Endpoint> candidates, Action posted) =>
        Travel(() =>
        {
            Travel(posted);
            Signal(() => session.Answer(candidates));
        });

    public void Start(VirtualSession session, int tryNumber) =>
        Travel(() => Signal(() => session.Started?.Invoke(tryNumber)));

    /// <summary>Opens a leg: TCP, TLS and the upgrade take three round trips.</summary>
    /// <returns>The leg, which keeps what is sent until the other side has opened its own.</returns>
    public VirtualStream OpenLeg(VirtualSession session, bool isCaller)
    {
        var leg = new VirtualLeg(this);
        _legs.Add(leg);
        time.After(Delay * 6, () =>
        {
            session.Legs[isCaller ? 0 : 1] = leg;
            if (session.Legs is [{ } first, { } second])
            {
                first.Join(second);
            }
        });
        return leg;
    }

    private void Signal(Action arrive)
    {
        if (time.Random.NextDouble() >= SignalLoss)
        {
            Travel(arrive);
        }
    }

    public void Forget(VirtualLeg leg) => _legs.Remove(leg);

    public void Travel(Action arrive) => time.After(Delay + Jitter * time.Random.NextDouble(), arrive);
}

/// <summary>A path session.</summary>
internal sealed class VirtualSession(
    VirtualDirectory directory,
    VirtualPeer caller,
    VirtualPeer callee,
    IReadOnlyList<Endpoint> candidates,
    bool withRelay
)
{
    private IReadOnlyList<Endpoint>? _answer;
    private Action<IReadOnlyList<Endpoint>>? _read;

    public VirtualDirectory Directory { get; } = directory;

    public VirtualPeer Caller { get; } = caller;

    public VirtualPeer Callee { get; } = callee;

    /// <summary>Whether the caller opens a relay leg.</summary>
    public bool WithRelay { get; } = withRelay;

    /// <summary>The caller's.</summary>
    public IReadOnlyList<Endpoint> Candidates { get; } = candidates;

    public VirtualLeg?[] Legs { get; } = new VirtualLeg?[2];

    /// <summary>Called at the callee for each signal to start a try.</summary>
    public Action<int>? Started { get; set; }

    /// <summary>Sets the reader of the answer. An answer that has already arrived is delivered at once.</summary>
    public void ReadAnswer(Action<IReadOnlyList<Endpoint>> read)
    {
        _read = read;
        if (_answer is { } answer)
        {
            read(answer);
        }
    }

    public void Answer(IReadOnlyList<Endpoint> candidates)
    {
        _answer = candidates;
        _read?.Invoke(candidates);
    }
}

/// <summary>One side's connection to the relay.</summary>
internal sealed class VirtualLeg(VirtualDirectory directory) : VirtualStream
{
    private readonly List<(int Number, object? Message)> _waiting = [];
    private VirtualLeg? _other;

    public void Join(VirtualLeg other)
    {
        (_other, other._other) = (other, this);
        Flush();
        other.Flush();
    }

    protected override void Transmit(int number, object? message)
    {
        if (_other is { } other)
        {
            directory.Travel(() => directory.Travel(() => other.Deliver(number, message)));
        }
        else
        {
            _waiting.Add((number, message));
        }
    }

    protected override void Forget() => directory.Forget(this);

    private void Flush()
    {
        foreach (var (number, message) in _waiting)
        {
            directory.Travel(() => _other!.Deliver(number, message));
        }

        _waiting.Clear();
    }
}
