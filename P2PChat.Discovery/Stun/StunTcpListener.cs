using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Limits;
using P2PChat.Protocol.Stun;

namespace P2PChat.Discovery.Stun;

/// <summary>Answers binding requests on TCP connections, any number of them per connection.</summary>
/// <param name="limiter">Null without a limit.</param>
/// <param name="idleTimeout">How long a connection may go without a request.</param>
internal sealed class StunTcpListener(
    Socket socket,
    BindingResponder responder,
    StunConnections connections,
    StunRateLimiter? limiter,
    StunMetrics metrics,
    TimeSpan idleTimeout,
    TimeProvider timeProvider
) : IDisposable
{
    private const string Transport = "tcp";

    // A request needs no padding here.
    private const int MaxRequest = 1024;
    private static readonly TimeSpan FirstRequestTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs until it is cancelled, and the connections have ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var open = new TaskCounter();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                open.Start(() => ServeAsync(accepted, cancellationToken));
            }
            catch (SocketException)
            {
                // Out of file descriptors, for example. It passes when connections end.
                await Task.Delay(AcceptRetryDelay, timeProvider, CancellationToken.None);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
        }

        await open.AllEndedAsync();
    }

    public void Dispose() => socket.Dispose();

    private async Task ServeAsync(Socket connection, CancellationToken cancellationToken)
    {
        using var closing = connection;
        IPAddress network;
        SocketAddress sender;
        try
        {
            var remote = (IPEndPoint)connection.RemoteEndPoint!;
            network = ClientNetwork.Of(remote.Address);
            sender = remote.Serialize();
        }
        catch (SocketException)
        {
            // It has been reset already.
            return;
        }

        if (!connections.TryAdd(network))
        {
            return;
        }

        metrics.Opened();
        try
        {
            await AnswerAsync(connection, sender, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Reset, silent for too long, or the directory stops.
        }
        finally
        {
            connections.Remove(network);
            metrics.Closed();
        }
    }

    private async Task AnswerAsync(Socket connection, SocketAddress sender, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(FirstRequestTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var buffer = new byte[MaxRequest + BindingResponder.MaxLength];
        var (requests, response) = (buffer.AsMemory(0, MaxRequest), buffer.AsMemory(MaxRequest));
        var filled = 0;
        while (true)
        {
            var read = await connection.ReceiveAsync(requests[filled..], SocketFlags.None, either.Token);
            if (read == 0)
            {
                return;
            }

            filled += read;
            while (filled >= StunFormat.HeaderLength)
            {
                if (!StunFormat.TryReadLength(requests.Span, out var length) || length > MaxRequest)
                {
                    metrics.Received(Transport, BindingOutcome.Ignored);
                    return;
                }

                if (length > filled)
                {
                    break;
                }

                var count = Answer(requests.Span[..length], sender, response.Span);
                if (count < 0)
                {
                    return;
                }

                for (var sent = 0; sent < count; )
                {
                    sent += await connection.SendAsync(response[sent..count], SocketFlags.None, either.Token);
                }

                requests.Span[length..filled].CopyTo(requests.Span);
                filled -= length;
                timeout.CancelAfter(idleTimeout);
            }
        }
    }

    /// <returns>The response's length, 0 for none, or a negative number to close the connection.</returns>
    private int Answer(ReadOnlySpan<byte> request, SocketAddress sender, Span<byte> response)
    {
        var address = StunSender.AddressOf(sender);
        if (limiter?.TrySpend(address) == false)
        {
            metrics.RateLimited(Transport);
            return -1;
        }

        var reply = responder.Answer(request, address, StunSender.PortOf(sender), response);
        metrics.Received(Transport, reply.Outcome);
        return reply.Length;
    }
}
