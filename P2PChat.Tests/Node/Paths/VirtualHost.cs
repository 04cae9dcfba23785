using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Paths;

/// <summary>A machine with as much TCP as punching needs, including the simultaneous open.</summary>
internal sealed class VirtualHost(string name) : INode
{
    private readonly Dictionary<AddressFamily, (IPAddress Address, VirtualSegment Segment)> _interfaces = [];
    private readonly Dictionary<(int Port, IPEndPoint Remote), VirtualSocket> _sockets = [];
    private int _lastPort = 40_000;
    private int _lastSocket;

    public string Name { get; } = name;

    /// <summary>The port at which connections are accepted; 0 for none.</summary>
    public int ListenPort { get; init; }

    /// <summary>Whether unexpected SYNs are dropped, and not refused.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Called when a connection has been accepted.</summary>
    public Action<VirtualSocket>? Accepted { get; set; }

    /// <summary>The number of SYNs sent to each address.</summary>
    public Dictionary<IPEndPoint, int> SynsTo { get; } = [];

    /// <summary>The number of SYNs that have arrived.</summary>
    public int SynsReceived { get; private set; }

    public IEnumerable<IPAddress> Addresses => _interfaces.Values.Select(card => card.Address);

    /// <summary>Sockets that are not closed. The kernel forgets half-open ones of the listener by itself.</summary>
    public int OpenSockets => _sockets.Values.Count(socket => !socket.IsHalfOpen);

    public void Attach(IPAddress address, VirtualSegment segment)
    {
        _interfaces[address.AddressFamily] = (address, segment);
        segment.Attach(address, this);
    }

    public IPAddress? AddressFor(IPAddress remote) =>
        _interfaces.TryGetValue(remote.AddressFamily, out var card) ? card.Address : null;

    /// <summary>Connects from the port, or from one that nobody uses if it is 0.</summary>
    /// <param name="connected">Called at most once, unless <paramref name="failed"/> is.</param>
    public VirtualSocket? Connect(
        int port,
        IPEndPoint remote,
        Action<VirtualSocket> connected,
        Action<PathOutcome> failed
    )
    {
        var local = port == 0 ? ++_lastPort : port;
        if (
            AddressFor(remote.Address) is null
            || (_sockets.TryGetValue((local, remote), out var other) && !other.IsHalfOpen)
        )
        {
            failed(PathOutcome.NoRoute);
            return null;
        }

        var socket = new VirtualSocket(this, local, remote) { Connected = connected, Failed = failed };
        _sockets[(local, remote)] = socket;
        SynsTo[remote] = SynsTo.GetValueOrDefault(remote) + 1;
        Send(local, remote, Flag.Syn, socket.Id);
        return socket;
    }

    public void Receive(Packet packet)
    {
        if (packet.Flag == Flag.Syn)
        {
            SynsReceived++;
        }

        if (_sockets.TryGetValue((packet.To.Port, packet.From), out var socket))
        {
            socket.Receive(packet);
        }
        else if (packet.Flag == Flag.Syn && packet.To.Port == ListenPort)
        {
            socket = new VirtualSocket(this, ListenPort, packet.From)
            {
                Connected = opened => Accepted?.Invoke(opened),
            };
            _sockets.Add((ListenPort, packet.From), socket);
            socket.Receive(packet);
        }
        else if (packet.Flag != Flag.Reset && !(packet.Flag == Flag.Syn && IsSilent))
        {
            Send(packet.To.Port, packet.From, Flag.Reset);
        }
    }

    public void Send(
        int port,
        IPEndPoint remote,
        Flag flag,
        int sender = 0,
        (int Number, object? Message) payload = default
    )
    {
        var (address, segment) = _interfaces[remote.AddressFamily];
        segment.Send(new Packet(new IPEndPoint(address, port), remote, flag, sender, payload));
    }

    public int NextSocket() => ++_lastSocket;

    public void Remove(VirtualSocket socket) => _sockets.Remove((socket.Port, socket.Remote));
}

/// <summary>A TCP socket.</summary>
internal sealed class VirtualSocket(VirtualHost host, int port, IPEndPoint remote) : VirtualStream
{
    private int _other;

    public int Id { get; } = host.NextSocket();

    public int Port { get; } = port;

    public IPEndPoint Remote { get; } = remote;

    public bool IsConnected { get; private set; }

    /// <summary>Whether the listener has answered a SYN, and nothing has followed.</summary>
    public bool IsHalfOpen => Failed is null && !IsConnected;

    public Action<VirtualSocket>? Connected { get; init; }

    public Action<PathOutcome>? Failed { get; init; }

    public void Receive(Packet packet)
    {
        // A segment of an earlier connection between the same ports has numbers that do not fit.
        if (packet.Flag != Flag.Reset && _other != 0 && _other != packet.Sender)
        {
            return;
        }

        _other = packet.Sender == 0 ? _other : packet.Sender;
        switch (packet.Flag)
        {
            // Of a listener, or of two ends that connect at once (RFC 9293, section 3.5).
            case Flag.Syn:
                host.Send(Port, Remote, Flag.SynAck, Id);
                break;
            // Both ends have given up their connects, and the SYNs have met listeners: no number fits.
            case Flag.SynAck when IsHalfOpen:
                Close();
                host.Send(Port, Remote, Flag.Reset);
                break;
            case Flag.SynAck:
                host.Send(Port, Remote, Flag.Ack, Id);
                Open();
                break;
            case Flag.Ack:
                Open();
                break;
            case Flag.Data:
                Open();
                Deliver(packet.Payload.Number, packet.Payload.Message);
                break;
            case Flag.Reset when !IsConnected && Failed is not null:
                Close();
                Failed(PathOutcome.Refused);
                break;
            case Flag.Reset:
                Break();
                break;
        }
    }

    protected override void Transmit(int number, object? message)
    {
        if (IsConnected)
        {
            host.Send(Port, Remote, Flag.Data, Id, (number, message));
        }
    }

    protected override void Forget() => host.Remove(this);

    private void Open()
    {
        if (!IsConnected)
        {
            IsConnected = true;
            Connected?.Invoke(this);
        }
    }
}
