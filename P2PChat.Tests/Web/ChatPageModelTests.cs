using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>An open page learns of changes without polling: in these tests its clock stands still.</summary>
public sealed class ChatPageModelTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Changes_made_elsewhere_are_shown_at_once()
    {
        await using var peers = await WebPeers.StartAsync();
        var alice = peers.Alice;
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var model = Open(alice, list);

        await alice.Connections.ConnectAsync(Bob, CancellationToken.None);
        await SeesAsync(() => model.Find(Bob).Relation == Relation.RequestSent, "our request");
        alice.Connections.Disconnect(Bob);
        await SeesAsync(() => model.Find(Bob).Relation == Relation.None, "the cancelled request");

        await peers.Bob.Connections.ConnectAsync(Alice, CancellationToken.None);
        await SeesAsync(() => model.Find(Bob).Relation == Relation.RequestReceived, "their request");
        alice.Connections.Reject(Bob);
        await SeesAsync(() => model.Find(Bob).Relation == Relation.None, "the rejection");

        // A rejected peer may not ask again so soon, but the one that rejected may.
        await alice.Connections.ConnectAsync(Bob, CancellationToken.None);
        await Eventually.True(() => peers.Bob.OpenRequests.Count == 1, TimeSpan.FromSeconds(60), "bob has the request");
        peers.Bob.Connections.Accept(Alice);
        await SeesAsync(() => model.Find(Bob).IsConnected, "the link");
        alice.Contacts.SetNickname(Bob, "Bobby");
        await SeesAsync(() => model.Find(Bob).DisplayName == "Bobby", "the nickname");
        Assert.True(alice.Contacts.Verify(Bob, alice.Contacts.Safety(Bob).Digits));
        await SeesAsync(() => model.Find(Bob).Verified, "the verification");
        _ = await alice.Messages.SendAsync(Bob, "from elsewhere");
        await SeesAsync(() => model.Find(Bob).LastMessage?.Text == "from elsewhere", "the message");
        _ = await alice.Messages.DeleteAsync(Bob, null);
        await SeesAsync(() => model.Find(Bob).LastMessage is null, "the deletion");
        await alice.Contacts.BlockAsync(Bob, CancellationToken.None);
        await SeesAsync(() => model.Find(Bob).Blocked, "the block");
        alice.Contacts.Unblock(Bob);
        await SeesAsync(() => !model.Find(Bob).Blocked, "the end of the block");
    }

    [Fact]
    public async Task Directory_outage_is_shown_and_cleared_at_once()
    {
        await using var peers = await WebPeers.StartAsync();
        using var list = new DirectoryList(peers.Alice.Connections, _clock);
        await using var model = Open(peers.Alice, list);
        await SeesAsync(() => model.IsDirectoryLoaded && model.DirectoryProblem is null, "the list");

        await peers.Directory.StopAsync();
        await SeesAsync(() => model.DirectoryProblem is not null, "the outage");
        await peers.Directory.StartAsync();

        await SeesAsync(() => model.DirectoryProblem is null, "the end of the outage");
    }

    [Fact]
    public async Task Page_that_missed_a_delete_reads_the_conversation_again()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        var id = (await bob.Messages.SendAsync(Alice, "a secret")).Id;
        await Eventually.True(() => TextOf(id) == "a secret", PeerUnderTest.Soon, "the message has arrived");
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var model = Open(alice, list);
        var actions = new ConversationActions(Bob, alice.Connections, alice.Presence, alice.Messages, model);
        var open = new OpenConversation(Bob, model, alice.Messages, actions);
        await open.LoadAsync(at: null);
        open.Composing.Begin(open.Window.Messages[^1], isEdit: false);
        using var isBusy = new ManualResetEventSlim();
        var missed = new TaskCompletionSource();
        model.EventReceived += _ => isBusy.Wait();
        model.EventsMissed += missed.SetResult;

        _ = await bob.Messages.RemoveForAllAsync(Alice, id);
        await Eventually.True(() => TextOf(id) == "", PeerUnderTest.Soon, "the delete has arrived");
        // More than the page's listener holds.
        var large = open.Window.Messages[^1] with { Text = new string('x', 60_000) };
        for (var i = 0; i < 200; i++)
        {
            alice.Events.Add(new PeerEvent.MessageReceived(large));
        }

        Assert.Equal("a secret", open.Window.Messages[^1].Text);
        isBusy.Set();
        await missed.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await open.ReloadAsync();

        Assert.True(open.Window.Messages[^1].IsRemoved);
        Assert.Null(open.Composing.Subject);
        Assert.StartsWith(
            "The message that you were replying to was deleted.",
            actions.Problem,
            StringComparison.Ordinal
        );

        string TextOf(Guid message) =>
            alice.Messages.Page(Bob, null, null, 10).Messages.FirstOrDefault(one => one.Id == message)?.Text ?? "none";
    }

    [Fact]
    public async Task Deleted_conversation_is_known_when_its_deletion_is_reported()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        using var list = new DirectoryList(peers.Alice.Connections, _clock);
        await using var model = Open(peers.Alice, list);
        _ = await peers.Alice.Messages.SendAsync(Bob, "to be deleted");
        await SeesAsync(() => model.Find(Bob).LastMessage is not null, "the message");
        var reported = new List<Person>();
        model.Deleted += (with, _) => reported.Add(model.Find(with));

        _ = await peers.Alice.Messages.DeleteAsync(Bob, null);

        Assert.True(Assert.Single(reported).WasDeleted);
    }

    private ChatPageModel Open(TestPeer peer, DirectoryList list)
    {
        var model = new ChatPageModel(
            peer.StatusService,
            peer.Connections,
            peer.Messages,
            peer.Contacts,
            peer.Profiles,
            peer.ChatMarks,
            new PageRooms(peer.Rooms, _clock),
            peer.Events,
            peer.LocalChanges,
            list,
            new PageTimeZone(_clock),
            _clock,
            NullLogger<ChatPageModel>.Instance
        );
        model.Reload();
        model.Start();
        return model;
    }

    // Reading the model does not reload it, so only a notification can make this succeed.
    private static Task SeesAsync(Func<bool> isSeen, string what) =>
        Eventually.True(isSeen, TimeSpan.FromSeconds(60), $"the page shows {what}");
}
