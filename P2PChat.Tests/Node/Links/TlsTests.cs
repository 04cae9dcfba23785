using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

/// <summary>Peers that are refused during the TLS handshake.</summary>
public sealed class TlsTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Caller_without_a_certificate_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw");
        await AssertRefusedAsync(alice, () => raw.DialAsync(alice.Listener.Port, showCertificate: false));
    }

    [Fact]
    public async Task Caller_with_a_key_on_another_curve_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw", ECCurve.NamedCurves.nistP384);
        await AssertRefusedAsync(alice, () => raw.DialAsync(alice.Listener.Port));
    }

    [Fact]
    public async Task Caller_without_the_application_protocol_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw");
        await AssertRefusedAsync(alice, () => raw.DialAsync(alice.Listener.Port, protocols: []));
        await AssertRefusedAsync(alice, () =>
            raw.DialAsync(alice.Listener.Port, protocols: [SslApplicationProtocol.Http2])
        );
    }

    [Fact]
    public async Task Caller_with_an_older_TLS_version_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("raw");
        await AssertRefusedAsync(alice, () => raw.DialAsync(alice.Listener.Port, version: SslProtocols.Tls12));
    }

    [Fact]
    public async Task Dialled_peer_with_a_key_on_another_curve_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var named = new RawPeer("other-curve");
        using var answering = new RawPeer("other-curve", ECCurve.NamedCurves.nistP384);
        await named.RegisterAsync(directory, answering.Port);

        await alice.Connections.ConnectAsync(named.Name, CancellationToken.None);
        using var link = await answering.AcceptCallAsync();
        Assert.Equal(DisconnectReason.WrongIdentity, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Empty(await link.ReadToEndAsync());
    }

    [Theory]
    [InlineData("2.5.29.32")]
    [InlineData("2.5.29.36")]
    [InlineData("1.3.6.1.4.1.311.21.10")]
    public async Task Malformed_certificates_do_not_use_up_slots(string extension)
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Accept, options.MaxUnauthenticatedPerAddress) = (AcceptMode.All, 2)
        );
        using var raw = new RawPeer("malformed", extension: Garbage(extension));
        for (var i = 0; i < 3; i++)
        {
            await AssertRefusedAsync(alice, () => raw.DialAsync(alice.Listener.Port));
        }

        using var honest = new RawPeer($"honest-{extension.Replace('.', '-')}");
        await honest.RegisterAsync(directory);
        // A slot may be released a moment after its socket is closed.
        await Eventually.True(
            async () =>
            {
                using var link = await honest.AskAsync(alice);
                _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
                return true;
            },
            PeerUnderTest.Soon,
            "an honest peer is accepted"
        );
    }

    [Fact]
    public async Task Dialled_peer_with_a_malformed_certificate_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("malformed", extension: Garbage("2.5.29.32"));
        await raw.RegisterAsync(directory);

        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        using var link = await raw.AcceptCallAsync();

        Assert.Equal(DisconnectReason.HandshakeFailed, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Empty(await link.ReadToEndAsync());
    }

    [Fact]
    public async Task Server_name_is_not_sent()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var raw = new RawPeer("nameless");
        await raw.RegisterAsync(directory);
        await alice.Connections.ConnectAsync(raw.Name, CancellationToken.None);
        using var link = await raw.AcceptCallAsync();
        Assert.Equal("", link.Stream.TargetHostName);
    }

    [Fact]
    public async Task Connecting_to_a_peer_with_the_same_key_is_refused()
    {
        using var data = new TempDirectory();
        using var copy = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice-one", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        File.Copy(Path.Combine(data.Path, "identity.pem"), Path.Combine(copy.Path, "identity.pem"));
        await using var twin = await PeerUnderTest.StartAsync(directory, "alice-two", options =>
            (options.Ephemeral, options.Data) = (false, copy.Path)
        );

        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            twin.Connections.ConnectAsync(alice.Name, CancellationToken.None)
        );
        Assert.Equal(PeerError.ToOneself, refusal.Error);
    }

    private static X509Extension Garbage(string extension) =>
        new(extension, [0x30, 0x82, 0xFF, 0xFF, 0x01], critical: false);

    // In TLS 1.3 a client finishes before the server has checked its certificate, so the refusal arrives at its first
    // read.
    private static async Task AssertRefusedAsync(PeerUnderTest peer, Func<Task<RawLink>> dial)
    {
        IReadOnlyList<Frame> frames;
        try
        {
            using var link = await dial();
            frames = await link.ReadToEndAsync();
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            frames = [];
        }

        Assert.Empty(frames);
        Assert.Equal(0, peer.Links.Count);
    }
}
