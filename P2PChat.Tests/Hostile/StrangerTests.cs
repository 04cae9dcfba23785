using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>
/// Attacks by peers without a connection. <see cref="Node.Links.TlsTests"/> covers certificates.
/// </summary>
public sealed class StrangerTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: peer\r\n\r\n")]
    [InlineData("\0\0\0\u0002J\0")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    public async Task Plain_text_connection_is_closed(string text)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var socket = await victim.CallAsync();

        await socket.SendAsync(Encoding.Latin1.GetBytes(text));

        await AssertEndsAsync(socket);
        Assert.Equal(0, victim.Peer.Links.Count);
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Stalled_TLS_handshake_times_out()
    {
        // Long enough for the honest peer.
        await using var victim = await Victim.StartAsync(directory, options =>
            options.HandshakeTimeout = TimeSpan.FromSeconds(5)
        );
        var hello = await ClientHelloAsync();
        var sockets = new List<Socket>();
        foreach (var length in new[] { 1, 5, hello.Length / 2, hello.Length - 1, hello.Length })
        {
            var socket = await victim.CallAsync(Elsewhere);
            sockets.Add(socket);
            await socket.SendAsync(hello.AsMemory(0, length));
        }

        await victim.AssertServesAsync();
        foreach (var socket in sockets)
        {
            await AssertEndsAsync(socket);
            socket.Dispose();
        }
    }

    [Fact]
    public async Task Silent_sockets_from_one_address_lock_nobody_out()
    {
        await using var victim = await Victim.StartAsync(directory);
        var sockets = new List<Socket>();
        for (var i = 0; i < 1000; i++)
        {
            sockets.Add(await victim.CallAsync(Elsewhere));
        }

        // The limit of waiting sockets is reached; the others are closed.
        await Eventually.True(
            () =>
                sockets.Count(socket => !socket.Poll(0, SelectMode.SelectRead))
                == new PeerOptions().MaxUnauthenticatedPerAddress,
            PeerUnderTest.Soon,
            "all but the first few are hung up on"
        );
        await victim.AssertServesAsync();
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Request_flood_leaks_nothing_and_blocks_nobody()
    {
        await using var victim = await Victim.StartAsync(directory, options => options.Accept = AcceptMode.Ask);
        using var pest = new RawPeer("pest");
        await pest.RegisterAsync(directory);
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            // Refused while earlier links are still closing, so it retries.
            await Eventually.True(
                async () =>
                {
                    using var link = await pest.DialAsync(victim.Port, from: Elsewhere);
                    await link.SendHelloAsync(pest.Name);
                    await link.SendAsync(new Frame { Request = new Request() });
                    link.Cut();
                    return true;
                },
                PeerUnderTest.Soon,
                "the flooding peer is accepted"
            );
        });

        // Registered only now, because a thousand requests may outlast an ephemeral name's lease.
        using var honest = new RawPeer("patient");
        await honest.RegisterAsync(directory);
        using var asking = await honest.AskAsync(victim.Peer);
        await Eventually.True(
            () => victim.Peer.OpenRequests.Contains(honest.Name),
            PeerUnderTest.Soon,
            "an honest request comes through"
        );
        await Eventually.True(
            () => !victim.Peer.OpenRequests.Contains(pest.Name),
            PeerUnderTest.Soon,
            "the pest's requests have gone with its links"
        );
        victim.Peer.Connections.Accept(honest.Name);
        _ = await asking.ExpectAsync(Frame.BodyOneofCase.Accept);
        await Eventually.True(() => victim.Peer.Links.Count == 1, PeerUnderTest.Soon, "only the honest link is left");
    }

    [Fact]
    public async Task Repeated_requests_of_one_key_are_reported_a_few_times()
    {
        await using var victim = await Victim.StartAsync(directory, options => options.Accept = AcceptMode.Ask);
        using var pest = new RawPeer("eager");
        await pest.RegisterAsync(directory);
        var links = new List<RawLink>();
        for (var i = 0; i < 50; i++)
        {
            try
            {
                links.Add(await pest.DialAsync(victim.Port, from: Elsewhere));
                await links[^1].SendHelloAsync(pest.Name);
                await links[^1].SendAsync(new Frame { Request = new Request() });
            }
            catch (IOException)
            {
                // The limit for this key is reached.
            }
        }

        _ = await victim.Peer.Expect<PeerEvent.Request>();
        await Eventually.True(() => victim.Peer.Links.Count <= 4, PeerUnderTest.Soon, "few of its links are kept");
        Assert.InRange(victim.Peer.OpenRequests.Count, 0, 1);
        Assert.InRange(
            victim.Peer.Rest().OfType<PeerEvent.Request>().Count(),
            0,
            new PeerOptions().RequestsPerMinutePerPeer - 1
        );
        links.ForEach(link => link.Dispose());
    }

    [Theory]
    [InlineData(0u, "versionless")]
    [InlineData(2u, "tomorrow")]
    [InlineData(uint.MaxValue, "last-version")]
    public async Task Other_protocol_version_is_refused_by_name(uint version, string name)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer(name);
        using var link = await raw.DialAsync(victim.Port);

        await link.SendHelloAsync(raw.Name, version);

        Assert.Equal(CloseReason.UnsupportedVersion, await link.ExpectCloseAsync());
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Invalid_name_reaches_neither_directory_nor_user()
    {
        await using var victim = await Victim.StartAsync(directory, options => options.Accept = AcceptMode.Ask);
        using var raw = new RawPeer("nameless");
        foreach (
            var name in new[]
            {
                "",
                "../peers",
                "a",
                "Alice",
                "\u202Ealice",
                "a\u001b[2Jb",
                new string('a', 100_000),
                "events?x=",
            }
        )
        {
            using var link = await raw.DialAsync(victim.Port);
            await link.SendAsync(
                new Frame
                {
                    Hello = new Hello { Version = 1, Username = name },
                }
            );
            Assert.Equal(CloseReason.ProtocolViolation, await link.ExpectCloseAsync());
        }

        Assert.Empty(victim.Peer.OpenRequests);
    }

    [Fact]
    public async Task Byte_by_byte_frames_are_read_and_stalled_ones_time_out()
    {
        var clock = new SettableClock();
        await using var victim = await Victim.StartAsync(directory, timeProvider: clock);
        using var raw = new RawPeer("slow");
        using var link = await raw.DialAsync(victim.Port, from: Elsewhere);
        foreach (var one in (byte[])[0, 0, 0, 2, 0x4A, 0])
        {
            await link.SendAsync(new[] { one });
        }

        _ = await link.ExpectAsync(Frame.BodyOneofCase.Pong);

        await link.SendAsync(new byte[] { 0, 4, 0, 0, 0x0A });
        clock.LetPass(new PeerOptions().HandshakeTimeout);
        Assert.Equal(CloseReason.HandshakeTimeout, await link.ExpectCloseAsync());
        await victim.AssertServesAsync();
    }

    /// <summary>A TLS ClientHello as sent over the wire.</summary>
    private static async Task<byte[]> ClientHelloAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var raw = new RawPeer("half-way");
        var dialling = raw.DialAsync(((IPEndPoint)listener.LocalEndPoint!).Port);
        using var socket = await listener.AcceptAsync();
        var buffer = new byte[16 * 1024];
        var length = await socket.ReceiveAsync(buffer);
        socket.Dispose();
        _ = await Assert.ThrowsAnyAsync<Exception>(() => dialling);
        return buffer[..length];
    }

    private static async Task AssertEndsAsync(Socket socket)
    {
        using var timeout = new CancellationTokenSource(PeerUnderTest.Soon);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, timeout.Token) > 0)
            {
                // A TLS alert, or the server's part of the handshake.
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A reset is an acceptable end too.
        }
    }
}
