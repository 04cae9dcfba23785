using System.Net;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Executes the effects of one machine on the simulated network, and checks them.</summary>
internal sealed class VirtualRun
{
    private static readonly Username With = Username.Parse("other");

    private readonly VirtualTime _time;
    private readonly VirtualPeer _self;
    private readonly VirtualPeer _other;
    private readonly Dictionary<int, Action> _running = [];
    private readonly Dictionary<int, (PathKind Kind, string Candidate)> _attempts = [];
    private readonly Dictionary<int, VirtualStream> _channels = [];
    private readonly VirtualPuncher _puncher;
    private int? _lastPunch;

    public VirtualRun(VirtualTime time, VirtualPeer self, VirtualPeer other, PathMachine machine)
    {
        (_time, _self, _other, Machine, StartedAt) = (time, self, other, machine, time.Now);
        _puncher = new VirtualPuncher(time, self, other.Name)
        {
            Authenticated = OnPunched,
            TargetFailed = OnTargetFailed,
            TryFailed = () => Finish(_lastPunch!.Value, PathOutcome.TimedOut),
        };
    }

    public PathMachine Machine { get; }

    public VirtualSession? Session { get; set; }

    public bool IsTest => Machine is CallerPathMachine && _self.Plan.IsTest;

    public TimeSpan StartedAt { get; }

    /// <summary>The paths that the conversation got, in order, with the time since the start.</summary>
    public List<(PathKind Kind, bool IsTakeover, TimeSpan After)> Carried { get; } = [];

    /// <summary>All paths that have authenticated, in order.</summary>
    public List<PathKind> Authenticated { get; } = [];

    /// <summary>The outcomes that the driver has passed to the machine, by candidate; the relay's is empty.</summary>
    public List<(string Candidate, PathOutcome Outcome)> Told { get; } = [];

    /// <summary>The addresses of all connects and tries.</summary>
    public List<IPEndPoint> Tried { get; } = [];

    /// <summary>The most specific failure; null while the run goes on, or if it has found a path.</summary>
    public PathOutcome? Failure { get; private set; }

    public bool HasEnded => EndedAfter is not null;

    /// <summary>When it ended, from its start.</summary>
    public TimeSpan? EndedAfter { get; private set; }

    public bool WasStopped { get; private set; }

    /// <summary>The number of attempts that have not ended.</summary>
    public int Running => _running.Count;

    public PathReport Report => Machine.Report(With, DateTimeOffset.UnixEpoch);

    public void Start() => Input(Machine.Start);

    public void Stop()
    {
        WasStopped |= !HasEnded;
        Input(now => Machine.Stop(now));
    }

    /// <summary>Offers a connection that the listener has accepted.</summary>
    public bool Accept(VirtualSocket socket) => _puncher.Accept(socket);

    public void Input(Func<TimeSpan, IReadOnlyList<PathEffect>> input)
    {
        foreach (var effect in input(_time.Now))
        {
            Assert.False(HasEnded && effect is not PathEffect.Cancel, $"{effect} after the end");
            Execute(effect);
        }

        if (Machine.Deadline is { } deadline)
        {
            _time.After(deadline > _time.Now ? deadline - _time.Now : TimeSpan.Zero, Tick);
        }

        Assert.Equal(HasEnded, Machine.IsOver);
    }

    private void Tick()
    {
        if (Machine.Deadline <= _time.Now)
        {
            Input(Machine.Tick);
            Assert.False(Machine.Deadline <= _time.Now, "The tick has not done what was due.");
        }
    }

    private void Execute(PathEffect effect)
    {
        switch (effect)
        {
            case PathEffect.Resolve resolve:
                var addresses = _self.Names.GetValueOrDefault((resolve.Host, resolve.Family), []);
                _time.After(_self.LookupTime, () =>
                    Input(now => ((CallerPathMachine)Machine).Resolved(resolve.Lookup, addresses, now))
                );
                break;
            case PathEffect.Connect connect:
                _attempts.Add(connect.Attempt, (connect.Kind, connect.Address.ToString()));
                Tried.Add(connect.Address);
                Dial(connect);
                break;
            case PathEffect.OpenSession open:
                OpenSession(open);
                break;
            case PathEffect.PostAnswer:
                Session!.Directory.Answer(Session, _self.Candidates, () =>
                    Input(now => ((CalleePathMachine)Machine).AnswerPosted(now))
                );
                break;
            case PathEffect.PostStart start:
                Session!.Directory.Start(Session, start.Try);
                break;
            case PathEffect.OpenRelay relay:
                _attempts.Add(relay.Attempt, (PathKind.Relayed, ""));
                OpenRelay(relay.Attempt);
                break;
            case PathEffect.Punch punch:
                _lastPunch = punch.Attempt;
                _attempts.Add(punch.Attempt, (PathKind.Punched, ""));
                Tried.AddRange(punch.Targets);
                _running.Add(punch.Attempt, _puncher.StopConnecting);
                _puncher.Try(punch.Targets, punch.Expected);
                break;
            case PathEffect.Cancel cancel:
                Cancel(cancel.Attempt);
                break;
            case PathEffect.Carry carry:
                Assert.True(_channels.Remove(carry.Attempt, out var channel), "An attempt that has not authenticated.");
                Carried.Add((carry.Kind, carry.IsTakeover, _time.Now - StartedAt));
                _self.Attach(this, channel!);
                break;
            case PathEffect.Ended ended:
                (EndedAfter, Failure) = (_time.Now - StartedAt, ended.Failure);
                _puncher.End();
                break;
        }
    }

    private void Dial(PathEffect.Connect connect)
    {
        VirtualSocket? socket = null;
        _running.Add(connect.Attempt, () => socket?.Close());
        socket = _self.Host.Connect(
            0,
            connect.Address,
            opened =>
            {
                Input(now => Machine.Connected(connect.Attempt, now));
                VirtualTls.Client(opened, _self.Name, _other.Name, isExpected =>
                    Handshaken(connect.Attempt, opened, isExpected)
                );
            },
            outcome => _time.After(TimeSpan.Zero, () => Finish(connect.Attempt, outcome))
        );
    }

    private void OpenSession(PathEffect.OpenSession open) =>
        _self.Directory.Open(_self, _other, open.WithCandidates ? _self.Candidates : [], open.WithRelay, session =>
        {
            if (session is null)
            {
                Input(now => Machine.SessionFailed(PathOutcome.NoAnswer, now));
                return;
            }

            Session = session;
            Input(now => ((CallerPathMachine)Machine).SessionOpened(session.Directory.HasRelay, now));
            session.ReadAnswer(candidates =>
                Input(now => ((CallerPathMachine)Machine).Answered(candidates, _other.Observed, now))
            );
        });

    private void OpenRelay(int attempt)
    {
        var leg = Session!.Directory.OpenLeg(Session, Session.Caller == _self);
        _running.Add(attempt, leg.Close);
        if (string.CompareOrdinal(_self.Name, _other.Name) < 0)
        {
            VirtualTls.Client(leg, _self.Name, _other.Name, isExpected => Handshaken(attempt, leg, isExpected));
        }
        else
        {
            VirtualTls.Server(leg, _self.Name, name =>
                Handshaken(attempt, leg, name is null ? null : name == _other.Name)
            );
        }
    }

    private void Handshaken(int attempt, VirtualStream stream, bool? isExpected)
    {
        if (isExpected == true)
        {
            Succeed(attempt, stream, remote: null);
        }
        else
        {
            stream.Close();
            Finish(attempt, isExpected is null ? PathOutcome.HandshakeFailed : PathOutcome.WrongIdentity);
        }
    }

    private void OnPunched(VirtualSocket socket) => Succeed(_lastPunch!.Value, socket, socket.Remote);

    private void OnTargetFailed(IPEndPoint target, PathOutcome outcome)
    {
        if (_running.ContainsKey(_lastPunch!.Value))
        {
            Told.Add((target.ToString(), outcome));
            Input(now => Machine.TargetFailed(_lastPunch.Value, target, outcome, now));
        }
    }

    private void Succeed(int attempt, VirtualStream stream, IPEndPoint? remote)
    {
        // A cancelled attempt may still authenticate. The machine's answer then closes it.
        _ = _running.Remove(attempt);
        _channels.Add(attempt, stream);
        stream.Read(_ => { }, () => { });
        if (!HasEnded)
        {
            Authenticated.Add(_attempts[attempt].Kind);
            Told.Add((remote?.ToString() ?? _attempts[attempt].Candidate, PathOutcome.Authenticated));
        }

        Input(now => Machine.Authenticated(attempt, now, remote));
    }

    private void Finish(int attempt, PathOutcome outcome)
    {
        if (_running.Remove(attempt))
        {
            Told.Add((_attempts[attempt].Candidate, outcome));
            Input(now => Machine.Failed(attempt, outcome, now));
        }
    }

    private void Cancel(int attempt)
    {
        if (_running.Remove(attempt, out var stop))
        {
            stop();
        }

        if (_channels.Remove(attempt, out var channel))
        {
            channel.Close();
        }
    }
}
