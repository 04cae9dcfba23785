using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Paths;

/// <summary>
/// The simultaneous opens of one side. The side with the lower name is TLS client, uses one socket at a time, and
/// closes the others when one has authenticated. The other side closes none, because it does not choose.
/// </summary>
internal sealed class VirtualPuncher(VirtualTime time, VirtualPeer self, string other)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);

    // A direct dial of the other side sends its ClientHello at once.
    private static readonly TimeSpan PeekTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PeekInterval = TimeSpan.FromMilliseconds(10);

    private readonly List<VirtualSocket> _sockets = [];
    private readonly Dictionary<IPEndPoint, VirtualSocket?> _connecting = [];
    private IReadOnlyList<IPEndPoint> _targets = [];
    private IReadOnlyList<IPAddress> _expected = [];
    private VirtualSocket? _client;
    private int _try;

    public bool IsOver { get; private set; }

    public Action<VirtualSocket>? Authenticated { get; set; }

    public Action<IPEndPoint, PathOutcome>? TargetFailed { get; set; }

    /// <summary>Called when a try has failed.</summary>
    public Action? TryFailed { get; set; }

    private bool IsClient => string.CompareOrdinal(self.Name, other) < 0;

    public void Try(IReadOnlyList<IPEndPoint> targets, IReadOnlyList<IPAddress> expected)
    {
        (_targets, _expected) = (targets, expected);
        var number = ++_try;
        foreach (var target in targets)
        {
            _connecting[target] = null;
            var socket = self.Host.Connect(
                self.Host.ListenPort,
                target,
                opened =>
                {
                    _ = _connecting.Remove(target);
                    Use(opened);
                },
                outcome => Fail(target, outcome)
            );
            if (socket is not null)
            {
                _connecting[target] = socket;
            }
        }

        time.After(ConnectTimeout, () => EndTry(number, isLast: false));
        time.After(ConnectTimeout + HandshakeTimeout, () => EndTry(number, isLast: true));
    }

    /// <summary>Takes a connection that the listener has accepted, if the other side is expected there.</summary>
    public bool Accept(VirtualSocket socket)
    {
        if (IsOver || !_expected.Contains(socket.Remote.Address))
        {
            return false;
        }

        if (!IsClient || _targets.Contains(socket.Remote))
        {
            Use(socket);
        }
        else
        {
            Peek(socket, time.Now + PeekTime);
        }

        return true;
    }

    /// <summary>Gives up the connects of the try.</summary>
    public void StopConnecting()
    {
        foreach (var (target, socket) in _connecting.ToList())
        {
            socket?.Close();
            Fail(target, PathOutcome.TimedOut);
        }
    }

    /// <summary>Closes what this side may close.</summary>
    public void End()
    {
        StopConnecting();
        IsOver = true;
        Clear();
    }

    private void Use(VirtualSocket socket)
    {
        if (!IsClient)
        {
            self.Serve(socket, name => !IsOver && name == other && TryWin(socket));
        }
        else if (IsOver)
        {
            socket.Close();
        }
        else
        {
            _sockets.Add(socket);
            UseNext();
        }
    }

    private void Peek(VirtualSocket socket, TimeSpan until)
    {
        if (IsOver || socket.IsClosed || socket.HasReceived)
        {
            self.Serve(socket, _ => false);
        }
        else if (time.Now >= until)
        {
            Use(socket);
        }
        else
        {
            time.After(PeekInterval, () => Peek(socket, until));
        }
    }

    private void UseNext()
    {
        if (IsOver || _client is not null || _sockets.Count == 0)
        {
            return;
        }

        var socket = _client = _sockets[0];
        VirtualTls.Client(socket, self.Name, other, isExpected =>
        {
            if (isExpected != true || !TryWin(socket))
            {
                Drop(socket);
            }
        });
    }

    private bool TryWin(VirtualSocket socket)
    {
        if (IsOver)
        {
            return false;
        }

        _ = _sockets.Remove(socket);
        End();
        Authenticated?.Invoke(socket);
        return true;
    }

    private void Drop(VirtualSocket socket)
    {
        socket.Close();
        if (_sockets.Remove(socket) && !IsOver)
        {
            TargetFailed?.Invoke(socket.Remote, PathOutcome.HandshakeFailed);
        }

        if (_client == socket)
        {
            _client = null;
            UseNext();
        }
    }

    private void Fail(IPEndPoint target, PathOutcome outcome)
    {
        if (_connecting.Remove(target) && !IsOver)
        {
            TargetFailed?.Invoke(target, outcome);
        }
    }

    private void EndTry(int number, bool isLast)
    {
        if (IsOver || number != _try)
        {
            return;
        }

        StopConnecting();
        if (isLast || _sockets.Count == 0)
        {
            _try++;
            Clear();
            TryFailed?.Invoke();
        }
    }

    private void Clear()
    {
        _sockets.ForEach(socket => socket.Close());
        _sockets.Clear();
        _client = null;
    }
}
