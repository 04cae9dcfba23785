using System.IO.Pipelines;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Relay.Legs;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Relay.Legs;

public sealed class RelaySessionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Leg_that_fails_unexpectedly_ends_the_other()
    {
        using var session = new RelaySession(new RelayOptions(), TimeProvider.System);
        var (alice, bob) = (new Connection(), new Connection());
        var callers = session.RunAsync(isCaller: true, Leg(alice), CancellationToken.None);
        var callees = session.RunAsync(isCaller: false, Leg(bob), CancellationToken.None);

        // Writing to bob throws InvalidOperationException from now on, which no connection does.
        await bob.Sent.Writer.CompleteAsync();
        await alice.Received.Writer.WriteAsync(RelayFixture.Frame("hi"u8));

        await Assert.ThrowsAsync<InvalidOperationException>(() => callers.WaitAsync(Soon));
        _ = await callees.WaitAsync(Soon);
        Assert.Equal(RelayClose.PeerLeft, session.Reason);
    }

    private static RelayLeg Leg(Connection connection) => new(connection, new RelayRate(0, TimeProvider.System));

    /// <summary>A connection as Kestrel shows it.</summary>
    private sealed class Connection : IDuplexPipe
    {
        public Pipe Received { get; } = new();

        public Pipe Sent { get; } = new();

        public PipeReader Input => Received.Reader;

        public PipeWriter Output => Sent.Writer;
    }
}
