using System.Net;
using System.Security.Authentication;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

/// <summary>Limits on the cost of handshakes with unknown peers.</summary>
public sealed class HandshakeLimitTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Certificate_chain_is_refused_unread()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw", issuers: 20);

        Assert.False(await AnswersAsync(alice, raw));
        Assert.Equal(0, alice.Links.Count);
    }

    [Fact]
    public async Task Dialled_peer_with_a_certificate_chain_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw", issuers: 20);
        await raw.RegisterAsync(directory);

        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        _ = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var link = await raw.AcceptCallAsync();
            _ = await link.ExpectAsync(Frame.BodyOneofCase.Hello);
        });

        Assert.Equal(DisconnectReason.HandshakeFailed, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Two_hundred_handshakes_from_one_address_are_accepted()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw");
        for (var i = 0; i < 200; i++)
        {
            Assert.True(await AnswersAsync(alice, raw), $"connection {i} is answered");
        }
    }

    [Fact]
    public async Task Handshakes_of_one_address_are_limited_per_second()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.HandshakeBurstPerAddress, options.HandshakesPerSecondPerAddress) = (2, 1)
        );
        using var raw = new RawPeer("raw");
        Assert.True(await AnswersAsync(alice, raw, Elsewhere));
        Assert.True(await AnswersAsync(alice, raw, Elsewhere));

        Assert.False(await AnswersAsync(alice, raw, Elsewhere));
        Assert.True(await AnswersAsync(alice, raw));
        await Eventually.True(
            () => AnswersAsync(alice, raw, Elsewhere),
            PeerUnderTest.Soon,
            "the address is accepted again after a while"
        );
    }

    // In TLS 1.3 a client finishes before the server has checked it, so wait for an answer.
    private static async Task<bool> AnswersAsync(PeerUnderTest peer, RawPeer raw, IPAddress? from = null)
    {
        try
        {
            using var link = await raw.DialAsync(peer.Listener.Port, from: from);
            await link.SendHelloAsync(raw.Name);
            return await link.ReadAsync() is { BodyCase: Frame.BodyOneofCase.Hello };
        }
        catch (Exception exception)
            when (exception is AuthenticationException or IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
