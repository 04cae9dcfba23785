using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files of which the store, the disk and the session know different things.</summary>
public sealed class FileBeginTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task File_whose_acceptance_is_not_saved_begins_with_the_link()
    {
        await using var alice = await _peers.StartAsync("begina", WithoutReconnect);
        var bob = await _peers.StartAsync("beginb", WithoutReconnect);
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 300_000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await bob.DisposeAsync();
        await using var again = await _peers.StartAsync("beginb", WithoutReconnect);
        _ = Files(again).Accept(alice.Name, id);
        // As the row is before that is saved.
        await RunAsync(again, "UPDATE transfers SET state = 0");

        await alice.ConnectAsync(again);

        _ = await ExpectAsync(again, id, TransferState.Completed);
    }

    private static void WithoutReconnect(PeerOptions options) => options.Reconnect = false;

    private static SessionHost SessionOf(PeerUnderTest peer, PeerUnderTest other) =>
        peer.Services.GetRequiredService<SessionTable>().Find(other.Name)!;

    private static async Task DisconnectAsync(PeerUnderTest one, PeerUnderTest other)
    {
        await one.CutLinksAsync();
        await Eventually.True(
            () => !one.IsConnectedTo(other) && !other.IsConnectedTo(one),
            PeerUnderTest.Soon,
            "the link is cut"
        );
    }
}
