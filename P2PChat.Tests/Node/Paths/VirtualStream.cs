namespace P2PChat.Tests.Node.Paths;

/// <summary>One end of a connection that carries whole messages in order.</summary>
internal abstract class VirtualStream
{
    private readonly Queue<object> _unread = [];
    private readonly Dictionary<int, object?> _early = [];
    private Action<object>? _received;
    private Action? _closed;
    private int _lastSent;
    private int _lastReceived;

    public bool IsClosed { get; private set; }

    public bool HasReceived => _lastReceived > 0;

    /// <summary>Sets the reader. Messages that have arrived before come first.</summary>
    public void Read(Action<object> received, Action closed)
    {
        (_received, _closed) = (received, closed);
        while (_received == received && _unread.TryDequeue(out var message))
        {
            received(message);
        }

        if (IsClosed && _closed == closed)
        {
            closed();
        }
    }

    public void Send(object message)
    {
        if (!IsClosed)
        {
            Transmit(++_lastSent, message);
        }
    }

    /// <summary>Closes this end, and later the other.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            Transmit(++_lastSent, message: null);
            Forget();
        }
    }

    /// <summary>Handles a message from the other end.</summary>
    /// <param name="message">Null for the end.</param>
    public void Deliver(int number, object? message)
    {
        _early[number] = message;
        while (!IsClosed && _early.Remove(_lastReceived + 1, out var next))
        {
            _lastReceived++;
            if (next is null)
            {
                Break();
            }
            else if (_received is null)
            {
                _unread.Enqueue(next);
            }
            else
            {
                _received(next);
            }
        }
    }

    /// <summary>Handles the loss of the connection.</summary>
    public void Break()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            Forget();
            _closed?.Invoke();
        }
    }

    protected abstract void Transmit(int number, object? message);

    protected abstract void Forget();
}

/// <summary>As much TLS as paths need: 1.5 round trips that tell each side the other's identity.</summary>
internal static class VirtualTls
{
    private sealed record ClientHello(string Name);

    private sealed record ServerFlight(string Name);

    private sealed record Finished;

    /// <param name="done">Whether the expected identity answered; null if nothing more can come.</param>
    public static void Client(VirtualStream stream, string self, string expected, Action<bool?> done)
    {
        stream.Read(
            message =>
            {
                var isExpected = message is ServerFlight flight && flight.Name == expected;
                if (isExpected)
                {
                    stream.Send(new Finished());
                }

                done(isExpected);
            },
            () => done(null)
        );
        stream.Send(new ClientHello(self));
    }

    /// <param name="done">The identity of the client; null if nothing more can come.</param>
    public static void Server(VirtualStream stream, string self, Action<string?> done)
    {
        var client = "";
        stream.Read(
            message =>
            {
                switch (message)
                {
                    case ClientHello hello:
                        client = hello.Name;
                        stream.Send(new ServerFlight(self));
                        break;
                    case Finished:
                        done(client);
                        break;
                    default:
                        done(null);
                        break;
                }
            },
            () => done(null)
        );
    }
}
