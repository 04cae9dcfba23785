using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Paths.Stun;

/// <summary>A UDP socket that asks several STUN servers at the same time from one local port. Thread-safe.</summary>
internal sealed class StunUdpSocket : IAsyncDisposable
{
    // Some servers pad their responses to an Ethernet packet, if the request is padded.
    private const int MaxResponse = 2048;

    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<Question, bool> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _receiving;

    private StunUdpSocket(Socket socket, IPEndPoint local, TimeProvider timeProvider)
    {
        _socket = socket;
        _timeProvider = timeProvider;
        Local = local;
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>The address and port on this machine.</summary>
    public IPEndPoint Local { get; }

    /// <param name="server">Determines the local address.</param>
    /// <exception cref="SocketException">This machine has no route to the server.</exception>
    public static StunUdpSocket Open(IPEndPoint server, TimeProvider timeProvider)
    {
        IPAddress address;
        using (var route = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp))
        {
            // Sends nothing: it only looks up the route.
            route.Connect(server);
            address = ((IPEndPoint)route.LocalEndPoint!).Address;
        }

        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return new StunUdpSocket(socket, (IPEndPoint)socket.LocalEndPoint!, timeProvider);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request, and again until it is answered: at most for 39.5 s.</summary>
    /// <param name="padded">See <see cref="StunTransaction(bool)"/>.</param>
    /// <exception cref="StunException">The server does not answer, or with an error.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<StunReply> AskAsync(IPEndPoint server, bool padded, CancellationToken cancellationToken)
    {
        var question = new Question(server, new StunTransaction(padded), _timeProvider.GetTimestamp());
        _open[question] = true;
        try
        {
            while (true)
            {
                var now = _timeProvider.GetElapsedTime(question.StartedAt);
                if (question.Transaction.NextTransmission is { } next && next <= now)
                {
                    question.Transaction.Sent(now);
                    await _socket.SendToAsync(
                        question.Transaction.Request,
                        SocketFlags.None,
                        server,
                        cancellationToken
                    );
                    continue;
                }

                var until = question.Transaction.NextTransmission ?? question.Transaction.Deadline!.Value;
                if (until <= now)
                {
                    throw new StunException("The STUN server does not answer.");
                }

                try
                {
                    return await question.Reply.Task.WaitAsync(until - now, _timeProvider, cancellationToken);
                }
                catch (TimeoutException)
                {
                    // Send it again, or give up.
                }
            }
        }
        catch (SocketException exception)
        {
            throw new StunException("The STUN server cannot be reached.", exception);
        }
        finally
        {
            _ = _open.TryRemove(question, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _receiving;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[MaxResponse];
        EndPoint any = new IPEndPoint(
            _socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any,
            0
        );
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, any, _stop.Token);
                Deliver((IPEndPoint)received.RemoteEndPoint, buffer.AsSpan(0, received.ReceivedBytes));
            }
            catch (SocketException)
            {
                // An ICMP error or a packet that is too long. The server may still answer.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // Only from the server that was asked. Others could not guess the transaction id, but need not be parsed.
    private void Deliver(IPEndPoint from, ReadOnlySpan<byte> bytes)
    {
        foreach (var question in _open.Keys)
        {
            if (!question.Server.Equals(from))
            {
                continue;
            }

            try
            {
                if (question.Transaction.Receive(bytes, _timeProvider.GetElapsedTime(question.StartedAt)) is { } reply)
                {
                    _ = question.Reply.TrySetResult(reply);
                }
            }
            catch (StunException exception)
            {
                _ = question.Reply.TrySetException(exception);
            }
        }
    }

    // By identity: two requests to one server are two questions.
    private sealed class Question(IPEndPoint server, StunTransaction transaction, long startedAt)
    {
        public IPEndPoint Server => server;

        public StunTransaction Transaction => transaction;

        public long StartedAt => startedAt;

        public TaskCompletionSource<StunReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
