using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Paths;

/// <summary>
/// The simultaneous opens of one side. The side with the lower name is TLS client, uses one socket at a time, and closes
/// the others when one has authenticated.
/// </summary>
internal sealed class VirtualPuncher(VirtualTime time, VirtualHost host, string self, string other)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);

    // A direct dial of the other side sends its ClientHello at once.
    private static readonly TimeSpan PeekTime = TimeSpan.FromMilliseconds(100);

    private readonly List<VirtualSocket> _sockets = [];
    private readonly HashSet<IPEndPoint> _connecting = [];
    private IReadOnlyList<IPAddress> _expected = [];
    private VirtualSocket? _client;
    private int _try;

    public bool IsOver { get; private set; }

    public Action<VirtualSocket>? Authenticated { get; set; }

    public Action<IPEndPoint, PathOutcome>? TargetFailed { get; set; }

    /// <summary>Called when a try has come to nothing.</summary>
    public Action? TryFailed { get; set; }

    private bool IsClient => string.CompareOrdinal(self, other) < 0;

    public void Try(IReadOnlyList<IPEndPoint> targets, IReadOnlyList<IPAddress> expected)
    {
        _expected = expected;
        var number = ++_try;
        foreach (var target in targets)
        {
            _ = _connecting.Add(target);
            VirtualSocket? socket = null;
            socket = host.Connect(
                host.ListenPort,
                target,
                opened =>
                {
                    _ = _connecting.Remove(target);
                    Add(opened, isAccepted: false);
                },
                outcome => Fail(target, outcome)
            );
            time.After(ConnectTimeout, () =>
            {
                if (number == _try && socket is { IsConnected: false, IsClosed: false })
                {
                    socket.Close();
                    Fail(target, PathOutcome.TimedOut);
                }
            });
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

        Add(socket, isAccepted: true);
        return true;
    }

    /// <summary>Closes everything.</summary>
    public void End()
    {
        IsOver = true;
        _sockets.ForEach(socket => socket.Close());
        _sockets.Clear();
    }

    private void Add(VirtualSocket socket, bool isAccepted)
    {
        if (IsOver)
        {
            socket.Close();
            return;
        }

        _sockets.Add(socket);
        if (!IsClient)
        {
            Serve(socket);
        }
        else if (!isAccepted)
        {
            UseNext();
        }
        else
        {
            Serve(socket);
            time.After(PeekTime, UseNext);
        }
    }

    private void Serve(VirtualSocket socket) => VirtualTls.Server(socket, self, name =>
        {
            if (name == other)
            {
                Win(socket);
            }
            else
            {
                Drop(socket);
            }
        });

    private void UseNext()
    {
        if (IsOver || _client is not null || _sockets.Count == 0)
        {
            return;
        }

        var socket = _client = _sockets[0];
        VirtualTls.Client(socket, self, other, isExpected =>
        {
            if (isExpected == true)
            {
                Win(socket);
            }
            else
            {
                Drop(socket);
            }
        });
    }

    private void Win(VirtualSocket socket)
    {
        if (IsOver)
        {
            return;
        }

        _ = _sockets.Remove(socket);
        End();
        Authenticated?.Invoke(socket);
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
        if (IsOver || number != _try || (!isLast && _sockets.Count > 0))
        {
            return;
        }

        _try++;
        _sockets.ForEach(socket => socket.Close());
        _sockets.Clear();
        _client = null;
        TryFailed?.Invoke();
    }
}
