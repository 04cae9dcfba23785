using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Dials to a peer with several addresses, some of which do not answer.</summary>
public sealed class DialTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    // In sequence, seven attempts would take longer.
    private static readonly TimeSpan OneConnectTimeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Seven_unresponsive_addresses_do_not_delay_the_eighth()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("far");
        var holes = Enumerable.Range(0, 7).Select(_ => new BlackHole()).ToList();
        await raw.RegisterAsync(directory, [.. holes.Select(hole => hole.Port), raw.Port]);

        var begun = Stopwatch.GetTimestamp();
        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        using var link = await raw.AcceptCallAsync();
        Assert.Equal(alice.Name.Value, (await link.ExpectAsync(Frame.BodyOneofCase.Hello)).Hello.Username);
        Assert.True(Stopwatch.GetElapsedTime(begun) < OneConnectTimeout, $"It took {Stopwatch.GetElapsedTime(begun)}.");
        holes.ForEach(hole => hole.Dispose());
    }

    [Fact]
    public async Task Wrong_key_at_one_address_does_not_stop_the_others()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anne");
        using var honest = new RawPeer("true-one");
        using var impostor = new RawPeer("impostor");
        await honest.RegisterAsync(directory, impostor.Port, honest.Port);

        await alice.Connections.ConnectAsync(honest.Name, CancellationToken.None);
        using var refused = await impostor.AcceptCallAsync();
        using var link = await honest.AcceptCallAsync();
        Assert.Equal(alice.Name.Value, (await link.ExpectAsync(Frame.BodyOneofCase.Hello)).Hello.Username);
        Assert.Empty(await refused.ReadToEndAsync());
    }

    [Fact]
    public async Task Attempt_that_loses_the_race_is_closed()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anton");
        using var raw = new RawPeer("quick");
        using var slow = new TcpListener(IPAddress.Loopback, 0);
        slow.Start();
        await raw.RegisterAsync(directory, ((IPEndPoint)slow.LocalEndpoint).Port, raw.Port);

        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        using var loser = await slow.AcceptTcpClientAsync();
        using var link = await raw.AcceptCallAsync();
        using var timeout = new CancellationTokenSource(OneConnectTimeout);
        await ReadToEndAsync(loser, timeout.Token);
    }

    [Fact]
    public async Task Most_specific_failure_is_reported()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "adam", Impatient);
        using var honest = new RawPeer("gone");
        using var impostor = new RawPeer("other-one");
        await honest.RegisterAsync(directory, impostor.Port, LoopbackPort.Next());

        await alice.Connections.ConnectAsync(honest.Name, CancellationToken.None);
        using var refused = await impostor.AcceptCallAsync();
        Assert.Equal(DisconnectReason.WrongIdentity, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Server_that_hangs_up_on_TLS_is_not_reported_as_unreachable()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "agnes", Impatient);
        using var raw = new RawPeer("no-peer");
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await raw.RegisterAsync(directory, ((IPEndPoint)other.LocalEndpoint).Port);

        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        (await other.AcceptTcpClientAsync()).Dispose();
        Assert.Equal(DisconnectReason.HandshakeFailed, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    // A scripted peer does not answer path sessions.
    private static void Impatient(PeerOptions options) => options.DialTotalTimeout = TimeSpan.FromSeconds(1);

    private static async Task ReadToEndAsync(TcpClient client, CancellationToken cancellationToken)
    {
        try
        {
            while (await client.GetStream().ReadAsync(new byte[1024], cancellationToken) > 0)
            {
                // Discard the ClientHello.
            }
        }
        catch (IOException)
        {
            // A reset also closes the connection.
        }
    }

    /// <summary>A port on loopback that neither accepts nor refuses connections, because its backlog is full.</summary>
    private sealed class BlackHole : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _filling = [];

        public BlackHole()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
            // The kernel accepts a few more than the backlog.
            for (var i = 0; i < 8; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                {
                    Blocking = false,
                };
                _filling.Add(socket);
                try
                {
                    socket.Connect(_listener.LocalEndPoint!);
                }
                catch (SocketException)
                {
                    // The connect is in progress.
                }
            }
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _filling.ForEach(socket => socket.Dispose());
            _listener.Dispose();
        }
    }
}
