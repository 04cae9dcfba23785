using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>What an open page learns without asking: its clock stands still here, so that it never does.</summary>
public sealed class ChatPageModelTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task What_is_done_at_another_face_is_seen_at_once()
    {
        await using var peers = await WebPeers.StartAsync();
        var alice = peers.Alice;
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var desk = Open(alice, list);

        await alice.Connections.ConnectAsync(Bob, CancellationToken.None);
        await SeesAsync(() => desk.Find(Bob).Relation == Relation.RequestSent, "our request");
        alice.Connections.Disconnect(Bob);
        await SeesAsync(() => desk.Find(Bob).Relation == Relation.None, "that it was taken back");

        await peers.Bob.Connections.ConnectAsync(Alice, CancellationToken.None);
        await SeesAsync(() => desk.Find(Bob).Relation == Relation.RequestReceived, "their request");
        alice.Connections.Reject(Bob);
        await SeesAsync(() => desk.Find(Bob).Relation == Relation.None, "that it was rejected");

        // Who was rejected is not heard of again so soon.
        await alice.Connections.ConnectAsync(Bob, CancellationToken.None);
        await Eventually.True(() => peers.Bob.OpenRequests.Count == 1, TimeSpan.FromSeconds(60), "he has heard of it");
        peers.Bob.Connections.Accept(Alice);
        await SeesAsync(() => desk.Find(Bob).IsConnected, "the link");
        alice.Contacts.SetNickname(Bob, "Bobby");
        await SeesAsync(() => desk.Find(Bob).Shown == "Bobby", "the nickname");
        Assert.True(alice.Contacts.Verify(Bob, alice.Contacts.Safety(Bob).Digits));
        await SeesAsync(() => desk.Find(Bob).Verified, "that the number was compared");
        _ = await alice.Messages.SendAsync(Bob, "from elsewhere");
        await SeesAsync(() => desk.Find(Bob).Last?.Text == "from elsewhere", "the message");
        _ = await alice.Messages.DeleteAsync(Bob, null);
        await SeesAsync(() => desk.Find(Bob).Last is null, "that it was deleted");
        await alice.Contacts.BlockAsync(Bob, CancellationToken.None);
        await SeesAsync(() => desk.Find(Bob).Blocked, "the block");
        alice.Contacts.Unblock(Bob);
        await SeesAsync(() => !desk.Find(Bob).Blocked, "that he was let in again");
    }

    [Fact]
    public async Task A_directory_that_goes_and_comes_back_is_told_at_once()
    {
        await using var peers = await WebPeers.StartAsync();
        using var list = new DirectoryList(peers.Alice.Connections, _clock);
        await using var desk = Open(peers.Alice, list);
        await SeesAsync(() => desk.IsDirectoryKnown && desk.DirectoryTrouble is null, "the list");

        await peers.Directory.StopAsync();
        await SeesAsync(() => desk.DirectoryTrouble is not null, "that the directory does not answer");
        await peers.Directory.StartAsync();

        await SeesAsync(() => desk.DirectoryTrouble is null, "that it answers again");
    }

    private ChatPageModel Open(TestPeer peer, DirectoryList list)
    {
        var desk = new ChatPageModel(
            peer.StatusService,
            peer.Connections,
            peer.Messages,
            peer.Contacts,
            peer.Events,
            peer.LocalChanges,
            list,
            new DayNames(_clock),
            _clock,
            NullLogger<ChatPageModel>.Instance
        );
        desk.Look();
        desk.Open();
        return desk;
    }

    // The desk is only told of a change: it does not look by itself when it is asked.
    private static Task SeesAsync(Func<bool> isSeen, string what) =>
        Eventually.True(isSeen, TimeSpan.FromSeconds(60), $"the page shows {what}");
}
