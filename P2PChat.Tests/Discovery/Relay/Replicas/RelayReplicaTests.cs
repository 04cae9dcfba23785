using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Discovery.Storage;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Paths.Relay;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Discovery.Relay.Legs;
using P2PChat.Tests.Discovery.Relay.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Relay.Replicas;

/// <summary>Two replicas on one Redis: the first holds the sessions, calls arrive at the second.</summary>
public sealed class RelayReplicaTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private RedisServer _redis = null!;
    private DirectoryFixture _first = null!;
    private DirectoryFixture _second = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        string[] settings =
        [
            $"ConnectionStrings:redis={_redis.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            "Directory:Relay:SessionsPerAddress=1",
            "Directory:JoinToken=secret",
        ];
        _first = await DirectoryFixture.StartAsync(settings);
        _second = await DirectoryFixture.StartAsync([.. settings, "urls=http://127.0.0.2:0"]);
        await Eventually.True(
            async () =>
                await RegistryOf(_second).FindAsync(ReplicaIdOf(_first), CancellationToken.None) is not null
                && await RegistryOf(_first).FindAsync(ReplicaIdOf(_second), CancellationToken.None) is not null,
            Soon,
            "the replicas know each other"
        );
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Legs_at_two_replicas_meet_and_signals_are_forwarded()
    {
        var session = _first.NewSession();
        await using (var alice = await OpenElsewhereAsync(_second, session.Id, session.Caller))
        await using (var bob = await _first.OpenAsync(session.Id, session.Callee))
        {
            await alice.WriteAsync(new byte[300_000]);
            Assert.Equal(new byte[300_000], await bob.ReadExactlyAsync(300_000));
            await bob.WriteAsync("!"u8.ToArray());
            Assert.Equal("!"u8.ToArray(), await alice.ReadExactlyAsync(1));
            // The reason for the end is passed on as well.
            await bob.DisposeAsync();
            Assert.Equal(0, await alice.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
            Assert.Equal(RelayClose.PeerLeft, alice.End);
        }

        await _second.SendSignalAsync(session.Id, session.Caller, PathFixture.StartBody(2));
        // The other replica's problems pass with their headers.
        using var bad = await _second.SignalAsync(session.Id, session.Callee, PathFixture.StartBody(2));
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.SignalNotExpected, bad);
        var refused = await Assert.ThrowsAsync<DirectoryException>(() => _second.OpenAsync(session.Id, session.Caller));
        Assert.Equal(DirectoryFailure.SessionGone, refused.Failure);
    }

    [Fact]
    public async Task Limit_by_address_counts_the_peer_instead_of_the_replica()
    {
        var (session, other) = (_first.NewSession(), _first.NewSession());
        await using var alice = await OpenElsewhereAsync(_second, session.Id, session.Caller);
        // From the address that the second replica's calls come from.
        await using var bob = await _first.OpenAsync(session.Id, session.Callee);

        // A stranger cannot claim another address.
        using var request = new HttpRequestMessage(HttpMethod.Get, RelayFixture.Path + other.Id);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", other.Caller);
        request.Headers.Add("X-P2PChat-Replica", "guess");
        request.Headers.Add("X-P2PChat-Peer-Address", "192.0.2.1");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.Headers.Add("Sec-WebSocket-Protocol", RelayProtocol.Subprotocol);
        using var refused = await _first.Http.SendAsync(request);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManySessions, refused);
    }

    [Fact]
    public async Task Call_marked_as_forwarded_is_not_forwarded_again()
    {
        var session = _first.NewSession();
        _second.Http.DefaultRequestHeaders.Add("X-P2PChat-Replica", "anything");
        using var refused = await _second.SignalAsync(session.Id, session.Caller, PathFixture.StartBody(2));
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.SessionTokenUnknown, refused);
    }

    [Fact]
    public async Task Crashed_replica_returns_a_retryable_problem()
    {
        // Nothing listens on the port. A crashed replica stays registered for up to 30 s.
        const string Crashed = "00000000000000aa";
        await RegistryOf(_first)
            .AddAsync(
                Crashed,
                new ReplicaAddress(new Uri($"http://127.0.0.1:{LoopbackPort.Next()}"), "secret"),
                TimeSpan.FromSeconds(30),
                CancellationToken.None
            );
        var token = $"{PathToken.NewSessionId()}.{Crashed}.{new string('A', 43)}";
        using var refused = await _first.SignalAsync(token.Split('.')[0], token, PathFixture.StartBody(2));
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.ReplicaUnavailable, refused);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Stopped_replica_ends_the_legs_that_it_forwards()
    {
        var (session, other) = (_first.NewSession(), _first.NewSession());
        await using var alice = await OpenElsewhereAsync(_second, session.Id, session.Caller);
        using var bob = await _first.OpenRawAsync(session.Id, session.Callee);
        // The start of a frame of 5 bytes, in the middle of which no close frame may be sent.
        await bob.SendAsync(RelayFixture.Frame("hello"u8).AsMemory(0, 8));
        await using var carol = await OpenElsewhereAsync(_second, other.Id, other.Caller, "127.0.0.4");
        await using var dave = await OpenElsewhereAsync(_first, other.Id, other.Callee, "127.0.0.5");
        await carol.WriteAsync("hi"u8.ToArray());
        await dave.ReadExactlyAsync(2);
        await dave.WriteAsync("hi"u8.ToArray());
        await carol.ReadExactlyAsync(2);
        await alice.ReadExactlyAsync(2);

        var stopping = _second.StopAsync();

        Assert.Equal(0, await carol.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.Stopping, carol.End);
        await carol.DisposeAsync();
        Assert.Equal(0, await dave.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.PeerLeft, dave.End);
        await Assert.ThrowsAsync<IOException>(() => alice.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        // Well before the host would give up.
        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Stopped_replica_is_no_longer_registered()
    {
        await _second.StopAsync();
        Assert.Null(await RegistryOf(_first).FindAsync(ReplicaIdOf(_second), CancellationToken.None));
    }

    /// <summary>Opens a leg from another address of this machine.</summary>
    private static Task<RelayStream> OpenElsewhereAsync(
        DirectoryFixture directory,
        string session,
        string token,
        string from = "127.0.0.3"
    ) =>
        RelayFixture
            .Connector(directory.Address, () => new SocketsHttpHandler
                {
                    UseProxy = false,
                    ConnectCallback = async (context, cancellationToken) =>
                    {
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                })
            .OpenAsync(session, token, CancellationToken.None);

    private static IReplicaRegistry RegistryOf(DirectoryFixture directory) =>
        directory.Services.GetRequiredService<IReplicaRegistry>();

    private static string ReplicaIdOf(DirectoryFixture directory) =>
        directory.Services.GetRequiredService<IPathSessions>().ReplicaId;
}
