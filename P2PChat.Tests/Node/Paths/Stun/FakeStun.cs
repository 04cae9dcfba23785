using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Stun;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>
/// A STUN server with two ports, and optionally two addresses, that sees its clients as through a NAT. A directory with
/// the same settings finds its ports in use by a STUN server, and offers them.
/// </summary>
internal sealed class FakeStun : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly ConcurrentDictionary<Socket, bool> _connections = new();
    private readonly List<Task> _loops = [];
    private readonly IPAddress[] _addresses;

    private FakeStun(IPAddress[] addresses, int[] ports)
    {
        _addresses = addresses;
        Ports = ports;
    }

    /// <param name="Port">Index of the server's port.</param>
    /// <param name="Address">Index of the server's address.</param>
    public readonly record struct Arrival(IPEndPoint Client, bool IsTcp, int Port, int Address);

    public int[] Ports { get; }

    /// <summary>The client's address as the server sees it; null for no response.</summary>
    public Func<Arrival, IPEndPoint?> Map { get; set; } = arrival => arrival.Client;

    /// <summary>Requests so far.</summary>
    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    public string[] DirectorySettings =>
        [
            "Directory:Stun:Addresses:0=127.0.0.1",
            $"Directory:Stun:Ports:0={Ports[0]}",
            $"Directory:Stun:Ports:1={Ports[1]}",
            .. _addresses.Skip(1).Select(alternate => $"Directory:Stun:AlternateAddress={alternate}"),
        ];

    public static FakeStun Start(params string[] addresses)
    {
        var fake = new FakeStun(
            [.. addresses.DefaultIfEmpty("127.0.0.1").Select(IPAddress.Parse)],
            [LoopbackPort.Next(), LoopbackPort.Next()]
        );
        for (var address = 0; address < fake._addresses.Length; address++)
        {
            for (var port = 0; port < fake.Ports.Length; port++)
            {
                fake.Listen(address, port);
            }
        }

        return fake;
    }

    /// <summary>Ends all TCP connections.</summary>
    public void Disconnect()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(socket => socket.Dispose());
        Disconnect();
        await Task.WhenAll(_loops);
    }

    private void Listen(int address, int port)
    {
        var endpoint = new IPEndPoint(_addresses[address], Ports[port]);
        var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(endpoint);
        var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(endpoint);
        tcp.Listen();
        _sockets.AddRange([udp, tcp]);
        _loops.Add(UntilClosedAsync(() => AnswerUdpAsync(udp, address, port)));
        _loops.Add(UntilClosedAsync(() => AcceptAsync(tcp, address, port)));
    }

    private static async Task UntilClosedAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed by the test or the client.
        }
    }

    private async Task AnswerUdpAsync(Socket socket, int address, int port)
    {
        var buffer = new byte[2048];
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
            var arrival = new Arrival((IPEndPoint)received.RemoteEndPoint, IsTcp: false, port, address);
            if (Answer(buffer.AsSpan(0, received.ReceivedBytes), arrival) is { } response)
            {
                await socket.SendToAsync(response, received.RemoteEndPoint);
            }
        }
    }

    private async Task AcceptAsync(Socket socket, int address, int port)
    {
        while (true)
        {
            var connection = await socket.AcceptAsync();
            _connections[connection] = true;
            _ = UntilClosedAsync(async () =>
            {
                var arrival = new Arrival((IPEndPoint)connection.RemoteEndPoint!, IsTcp: true, port, address);
                var buffer = new byte[2048];
                while (await connection.ReceiveAsync(buffer) is > 0 and var length)
                {
                    if (Answer(buffer.AsSpan(0, length), arrival) is { } response)
                    {
                        await connection.SendAsync(response);
                    }
                }

                connection.Dispose();
            });
        }
    }

    private byte[]? Answer(ReadOnlySpan<byte> bytes, Arrival arrival)
    {
        if (!StunMessage.TryRead(bytes, out var request))
        {
            return null;
        }

        Arrivals.Enqueue(arrival);
        if (Map(arrival) is not { } mapped)
        {
            return null;
        }

        var writer = new StunWriter(new byte[256], StunMessageType.BindingSuccess, request.TransactionId);
        writer.AddXorMappedAddress(mapped);
        if (_addresses.Length > 1 && (arrival.IsTcp || request.Length > 100))
        {
            writer.AddAddress(
                StunAttributeType.OtherAddress,
                new IPEndPoint(_addresses[1 - arrival.Address], Ports[1 - arrival.Port])
            );
        }

        return writer.Written.ToArray();
    }
}
