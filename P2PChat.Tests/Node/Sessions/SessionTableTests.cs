using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Sessions that are looked up while they are dropped.</summary>
public sealed class SessionTableTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    // More than there are processors, so that they are interrupted anywhere.
    private const int Searchers = 8;
    private const int Searches = 50_000;

    [Fact]
    public async Task Find_never_returns_a_dropped_session()
    {
        PeerOptions options = null!;
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", given => options = given);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        alice.Connections.Disconnect(bob.Name);
        _ = await bob.Expect<PeerEvent.Disconnected>();
        var sessions = alice.Services.GetRequiredService<SessionTable>();

        // From here on, sessions without a link are dropped, and found again in the store.
        options.MaxLinks = 0;
        var searching = Task.WhenAll(
            Enumerable
                .Range(0, Searchers)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            for (var search = 0; search < Searches; search++)
                            {
                                sessions.Find(bob.Name);
                            }
                        },
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
        while (!searching.IsCompleted)
        {
            sessions.Tick(TimeProvider.System.GetUtcNow());
        }

        await searching;

        options.MaxLinks = 1_024;
        // The peer's own tick may still be dropping a session that has just been found.
        await Eventually.True(
            () => sessions.All.Contains(sessions.Find(bob.Name)),
            PeerUnderTest.Soon,
            "the session that is found is in use"
        );
        Assert.Equal(
            "still here",
            (await alice.Messages.SendAsync(bob.Name, "still here").WaitAsync(PeerUnderTest.Soon)).Text
        );
    }
}
