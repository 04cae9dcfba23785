using System.Net;
using P2PChat.Protocol.Stun;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Discovery.Stun;

namespace P2PChat.Tests.Hostile;

/// <summary>Malformed packets, floods and idle connections against the STUN server.</summary>
public sealed class StunFloodTests
{
    private static readonly string[] OnFreePort = ["Directory:Stun:Enabled=true", "Directory:Stun:Ports:0=0"];

    [Fact]
    public async Task Malformed_packets_draw_no_response_and_do_no_harm()
    {
        await using var directory = await DirectoryFixture.StartAsync(OnFreePort);
        var server = await ServerAsync(directory);
        using var asker = await StunAsker.ConnectAsync(server);
        var request = StunAsker.Request();
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            var packet = new byte[random.Next(0, 1_400)];
            random.NextBytes(packet);
            if (random.Next(2) == 0 && packet.Length > request.Length)
            {
                // A correct header, but with a length that is too large.
                request.CopyTo(packet, 0);
                var wrong = (packet.Length - request.Length + 4 + 3) & ~3;
                (packet[2], packet[3]) = ((byte)(wrong >> 8), (byte)wrong);
            }

            Assert.False(StunMessage.TryRead(packet, out _));
            await asker.SendAsync(packet);
        }

        // The first response is to the first valid request.
        var last = StunAsker.Request();
        var response = await asker.AskAsync(last);
        Assert.Equal(last[8..], response[8..20]);
        Assert.Empty(directory.Logs.Warnings);
    }

    [Fact]
    public async Task Flood_from_one_address_is_limited()
    {
        await using var directory = await DirectoryFixture.StartAsync([
            .. OnFreePort,
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Stun:Burst=20",
            "Directory:RateLimits:Stun:PerSecond=0.1",
        ]);
        var server = await ServerAsync(directory);
        using var asker = await StunAsker.ConnectAsync(server);
        for (var request = 0; request < 20; request++)
        {
            Assert.Equal(asker.Local, await asker.MappedAsync());
        }

        // Over TCP the limit is visible: the connection ends. The limit is shared by both transports.
        using var connection = await StunAsker.ConnectAsync(server, tcp: true);
        await connection.SendAsync(StunAsker.Request());
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Connections_are_limited_per_address()
    {
        await using var directory = await DirectoryFixture.StartAsync([
            .. OnFreePort,
            "Directory:Stun:ConnectionsPerAddress=2",
        ]);
        var server = await ServerAsync(directory);
        using var first = await StunAsker.ConnectAsync(server, tcp: true);
        using var second = await StunAsker.ConnectAsync(server, tcp: true);
        Assert.Equal((first.Local, second.Local), (await first.MappedAsync(), await second.MappedAsync()));

        using var third = await StunAsker.ConnectAsync(server, tcp: true);
        Assert.True(await third.IsClosedAsync());
        Assert.Equal(first.Local, await first.MappedAsync());
    }

    [Fact]
    public async Task Connection_ends_after_garbage_a_wrong_length_or_silence()
    {
        await using var directory = await DirectoryFixture.StartAsync([
            .. OnFreePort,
            "Directory:Stun:IdleTimeout=00:00:01",
        ]);
        var server = await ServerAsync(directory);
        var lying = StunAsker.Request();
        (lying[2], lying[3]) = (0xFF, 0xFC);
        foreach (var bytes in new[] { "GET / HTTP/1.1\r\nHost: stun.example\r\n\r\n"u8.ToArray(), lying })
        {
            using var garbage = await StunAsker.ConnectAsync(server, tcp: true);
            await garbage.SendAsync(bytes);
            Assert.True(await garbage.IsClosedAsync());
        }

        using var asker = await StunAsker.ConnectAsync(server, tcp: true);
        // Byte by byte, and then two in one packet.
        var request = StunAsker.Request();
        for (var index = 0; index < request.Length; index++)
        {
            await asker.SendAsync(request.AsMemory(index, 1));
        }

        Assert.Equal(request[8..], (await asker.ReadAsync())[8..20]);
        Assert.Equal(asker.Local, await asker.MappedAsync());
        Assert.True(await asker.IsClosedAsync());
    }

    private static async Task<IPEndPoint> ServerAsync(DirectoryFixture directory) =>
        new(IPAddress.Loopback, (await StunServerTests.ReachAsync(directory)).StunPorts.Single());
}
