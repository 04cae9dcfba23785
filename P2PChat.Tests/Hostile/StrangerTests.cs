using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>
/// Those whom nobody has let in. What is wrong with their certificates is in <see cref="Node.Links.TlsTests"/>.
/// </summary>
public sealed class StrangerTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: peer\r\n\r\n")]
    [InlineData("\0\0\0\u0002J\0")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    public async Task One_who_speaks_plain_text_is_hung_up_on(string text)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var socket = await victim.CallAsync();

        await socket.SendAsync(Encoding.Latin1.GetBytes(text));

        await AssertEndsAsync(socket);
        Assert.Equal(0, victim.Peer.Links.Count);
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task One_who_falls_silent_at_any_point_of_TLS_is_hung_up_on_in_time()
    {
        // Long enough for the honest one.
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
    public async Task A_thousand_silent_sockets_from_one_address_keep_nobody_else_out()
    {
        await using var victim = await Victim.StartAsync(directory);
        var sockets = new List<Socket>();
        for (var i = 0; i < 1000; i++)
        {
            sockets.Add(await victim.CallAsync(Elsewhere));
        }

        // As many as may wait do; the others have been hung up on.
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
    public async Task Requests_by_the_thousand_leave_nothing_behind_and_others_can_ask()
    {
        await using var victim = await Victim.StartAsync(directory, options => options.Accept = AcceptMode.Ask);
        using var pest = new RawPeer("pest");
        await pest.RegisterAsync(directory);
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            // Turned away where so many links of before have yet to be given up: then it calls again.
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
                "the pest is let in"
            );
        });

        // Registered by now only: on a busy machine a thousand requests outlast a lease, and with it a name that is claimed for one.
        using var honest = new RawPeer("patient");
        await honest.RegisterAsync(directory);
        using var asking = await honest.AskAsync(victim.Peer);
        await Eventually.True(
            () => victim.Peer.Node.OpenRequests.Contains(honest.Name),
            PeerUnderTest.Soon,
            "an honest request comes through"
        );
        await Eventually.True(
            () => !victim.Peer.Node.OpenRequests.Contains(pest.Name),
            PeerUnderTest.Soon,
            "the pest's requests have gone with its links"
        );
        victim.Peer.Node.Accept(honest.Name);
        _ = await asking.ExpectAsync(Frame.BodyOneofCase.Accept);
        await Eventually.True(() => victim.Peer.Links.Count == 1, PeerUnderTest.Soon, "only the honest link is left");
    }

    [Fact]
    public async Task One_key_that_asks_over_and_over_at_once_is_heard_of_a_few_times_only()
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
                // No more of it are let in just now.
            }
        }

        _ = await victim.Peer.Expect<PeerEvent.Request>();
        await Eventually.True(() => victim.Peer.Links.Count <= 4, PeerUnderTest.Soon, "few of its links are kept");
        Assert.InRange(victim.Peer.Node.OpenRequests.Count, 0, 1);
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
    public async Task Another_version_is_refused_by_name(uint version, string name)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer(name);
        using var link = await raw.DialAsync(victim.Port);

        await link.SendHelloAsync(raw.Name, version);

        Assert.Equal(CloseReason.UnsupportedVersion, await link.ExpectCloseAsync());
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task A_name_that_is_none_never_reaches_the_directory_or_the_person()
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

        Assert.Empty(victim.Peer.Node.OpenRequests);
    }

    [Fact]
    public async Task Frames_that_come_byte_by_byte_are_frames_and_a_frame_too_slow_is_sent_away()
    {
        var clock = new SettableClock();
        await using var victim = await Victim.StartAsync(directory, clock: clock);
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

    /// <summary>The first thing that a client of TLS says, as it goes over the wire.</summary>
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
                // An alert of TLS, or its own half of the handshake.
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // As good an end as any.
        }
    }
}
