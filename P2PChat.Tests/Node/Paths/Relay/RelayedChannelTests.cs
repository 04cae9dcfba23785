using System.Text;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Relay;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Discovery.Relay.Legs;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths.Relay;

/// <summary>Two peers' own TLS through the relay of a real directory, behind a proxy.</summary>
public sealed class RelayedChannelTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Meet me at the old lighthouse at noon.");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Relay_carries_the_peers_TLS_and_sees_no_plaintext(bool tlsProxy)
    {
        await using var directory = await DirectoryFixture.StartAsync();
        await using var proxy = new TappedProxy(directory.Address, tlsProxy);
        await using var alice = new Peer(proxy.Address);
        await using var bob = new Peer(proxy.Address);

        // Without TLS of their own, the proxy sees what the peers send.
        var bare = directory.NewSession();
        await using (var from = await alice.OpenAsync(bare.Id, bare.Caller))
        await using (var to = await bob.OpenAsync(bare.Id, bare.Callee))
        {
            await from.WriteAsync("not encrypted"u8.ToArray());
            _ = await to.ReadExactlyAsync(13);
            Assert.True(proxy.HasSeen("not encrypted"u8));
        }

        var session = directory.NewSession();
        var both = await Task.WhenAll(
            alice.AuthenticateAsync(session.Id, session.Caller, bob),
            bob.AuthenticateAsync(session.Id, session.Callee, alice)
        );
        await using var left = both[0];
        await using var right = both[1];
        Assert.Equal(PathKind.Relayed, left.Path);
        Assert.NotEqual(left.Role, right.Role);
        for (var i = 0; i < 100; i++)
        {
            await left.Stream.WriteAsync(Text);
            Assert.Equal(Text, await right.Stream.ReadExactlyAsync(Text.Length));
            await right.Stream.WriteAsync(Text);
            Assert.Equal(Text, await left.Stream.ReadExactlyAsync(Text.Length));
        }

        // Nor the names of the keys, which TLS 1.3 encrypts.
        Assert.False(proxy.HasSeen(Text.AsSpan(0, 8)));
        Assert.False(proxy.HasSeen(alice.Identity.PeerId.Bytes.ToArray()));
        Assert.False(proxy.HasSeen(alice.Identity.PublicKey()));

        await left.DisposeAsync();
        Assert.Equal(0, await right.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
    }

    [Fact]
    public async Task Another_peer_on_the_relay_is_not_authenticated()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        await using var alice = new Peer(directory.Address);
        await using var bob = new Peer(directory.Address);
        await using var mallory = new Peer(directory.Address);
        var session = directory.NewSession();

        // Two TLS servers would wait for each other.
        var mallorys = mallory.AuthenticateAsync(
            session.Id,
            session.Callee,
            alice,
            TlsRoles.Between(bob.Identity.PeerId, alice.Identity.PeerId)
        );
        await Assert.ThrowsAsync<TlsException>(() => alice.AuthenticateAsync(session.Id, session.Caller, bob));
        try
        {
            await (await mallorys).DisposeAsync();
        }
        catch (TlsException)
        {
            // The TLS client learns it during the handshake or after it.
        }
    }

    [Fact]
    public async Task Proxy_without_WebSockets_is_named_in_the_reason()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var session = directory.NewSession();
        using var handler = new WithoutUpgrades();
        var connector = RelayFixture.Connector(directory.Address, () => handler);

        var failed = await Assert.ThrowsAsync<DirectoryException>(() =>
            connector.OpenAsync(session.Id, session.Caller, CancellationToken.None)
        );
        Assert.Equal(DirectoryFailure.RelayUnavailable, failed.Failure);
        Assert.StartsWith(
            "A proxy in front of the directory blocks WebSockets.",
            failed.Message,
            StringComparison.Ordinal
        );

        var unreachable = RelayFixture.Connector(new Uri($"http://127.0.0.1:{LoopbackPort.Next()}"));
        failed = await Assert.ThrowsAsync<DirectoryException>(() =>
            unreachable.OpenAsync(session.Id, session.Caller, CancellationToken.None)
        );
        Assert.Equal(DirectoryFailure.Unreachable, failed.Failure);
    }

    /// <summary>Drops the hop-by-hop headers, as a proxy does that cannot upgrade (RFC 9110, section 7.6.1).</summary>
    private sealed class WithoutUpgrades() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            request.Headers.Connection.Clear();
            request.Headers.Upgrade.Clear();
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Peer : IAsyncDisposable
    {
        private readonly RelayConnector _connector;

        public Peer(Uri directory) =>
            _connector = RelayFixture.Connector(directory, () =>
                new SocketsHttpHandler
                {
                    UseProxy = false,
                    SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
                }
            );

        public PeerIdentity Identity { get; } = PeerIdentity.Create();

        public Task<RelayStream> OpenAsync(string session, string token) =>
            _connector.OpenAsync(session, token, CancellationToken.None);

        /// <param name="role">Null for the one that the two keys give.</param>
        public async Task<TlsChannel> AuthenticateAsync(
            string session,
            string token,
            Peer other,
            TlsRole? role = null
        ) =>
            await TlsChannel
                .AuthenticateAsync(
                    ChannelTransport.Over(await OpenAsync(session, token), PathKind.Relayed),
                    role ?? TlsRoles.Between(Identity.PeerId, other.Identity.PeerId),
                    Identity,
                    other.Identity.PeerId,
                    CancellationToken.None
                )
                .WaitAsync(Soon);

        public ValueTask DisposeAsync()
        {
            Identity.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
