using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.Paths;

/// <summary>A peer on the simulated network: answers sessions and inbound connections, and keeps its links.</summary>
internal sealed class VirtualPeer
{
    private const string Opened = "hello";

    private static readonly TimeSpan TakeoverTime = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly VirtualTime _time;

    public VirtualPeer(VirtualTime time, VirtualDirectory directory, VirtualHost host)
    {
        (_time, Directory, Host) = (time, directory, host);
        host.Accepted = OnAccepted;
    }

    public VirtualDirectory Directory { get; }

    public VirtualHost Host { get; }

    public string Name => Host.Name;

    public bool IsOnline { get; set; } = true;

    /// <summary>The endpoints of the record.</summary>
    public List<Endpoint> Endpoints { get; } = [];

    /// <summary>The candidates of a path message.</summary>
    public IReadOnlyList<Endpoint> Candidates => Plan.MayPunch ? Endpoints : [];

    /// <summary>The address from which the directory has seen the registration.</summary>
    public IPAddress? Observed { get; set; }

    /// <summary>The start of each plan of this peer: its networks, contacts and settings.</summary>
    public PathPlan Plan { get; set; } = new() { Endpoints = [], Context = new CandidateContext() };

    public Dictionary<(string Host, AddressFamily Family), IPAddress[]> Names { get; } = [];

    public TimeSpan LookupTime { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Open links. Each has its other end at the other peer.</summary>
    public List<VirtualStream> Links { get; } = [];

    /// <summary>The latest run.</summary>
    public VirtualRun? Run { get; private set; }

    public VirtualRun Call(VirtualPeer other)
    {
        var plan = Plan with { Endpoints = other.Endpoints, Context = Plan.Context with { Observed = other.Observed } };
        Run = new VirtualRun(_time, this, other, new CallerPathMachine(plan, new PathOptions(), _time.Now));
        Run.Start();
        return Run;
    }

    /// <summary>Handles the signal of a session.</summary>
    public void Asked(VirtualSession session)
    {
        var plan = Plan with
        {
            Endpoints = session.Candidates,
            IsUpgrade = !session.WithRelay,
            IsTest = false,
            PrefersRelay = false,
            Context = Plan.Context with { Observed = session.Caller.Observed, IsOwnInitiative = false },
        };
        var machine = new CalleePathMachine(plan, session.Directory.HasRelay, new PathOptions(), _time.Now);
        var run = Run = new VirtualRun(_time, this, session.Caller, machine) { Session = session };
        session.Started = tryNumber => run.Input(now => machine.StartReceived(tryNumber, now));
        run.Start();
    }

    /// <summary>Makes an authenticated channel a link. The caller's Hello opens it.</summary>
    public void Attach(VirtualRun run, VirtualStream channel)
    {
        if (run.Machine is CallerPathMachine)
        {
            channel.Send(Opened);
            Links.ForEach(old => _time.After(TakeoverTime, () => Close(old)));
        }

        var isOpen = run.Machine is CallerPathMachine;
        Links.Add(channel);
        channel.Read(_ => isOpen = true, () => Links.Remove(channel));
        _time.After(HandshakeTimeout, () => CloseUnless(isOpen, channel));
    }

    private void CloseUnless(bool isOpen, VirtualStream channel)
    {
        if (!isOpen)
        {
            Close(channel);
        }
    }

    private void Close(VirtualStream link)
    {
        link.Close();
        _ = Links.Remove(link);
    }

    /// <summary>Serves a connection that the other side has opened.</summary>
    /// <param name="take">Called with the identity of the client; whether it has taken the connection.</param>
    public void Serve(VirtualSocket socket, Func<string, bool> take)
    {
        var isOpen = false;
        _time.After(HandshakeTimeout, () => CloseUnless(isOpen, socket));
        VirtualTls.Server(socket, Name, name =>
        {
            if (name is null)
            {
                socket.Close();
            }
            else if (take(name))
            {
                isOpen = true;
            }
            else
            {
                socket.Read(
                    message =>
                    {
                        Assert.Equal(Opened, message);
                        isOpen = true;
                        Links.Add(socket);
                        Run?.Stop();
                    },
                    () => Links.Remove(socket)
                );
            }
        });
    }

    private void OnAccepted(VirtualSocket socket)
    {
        if (Run?.Accept(socket) != true)
        {
            Serve(socket, _ => false);
        }
    }
}
