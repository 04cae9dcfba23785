using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>What a page holds of rooms, without a browser.</summary>
public sealed class RoomModelTests
{
    private static readonly Username Bob = Username.Parse("bob");

    private readonly SettableClock _clock = new();

    [Fact]
    public async Task Window_moves_through_a_long_room()
    {
        await using var alice = await TestPeer.StartAsync("alice", "http://127.0.0.1:9");
        var room = (await alice.Rooms.CreateAsync("long", history: 0)).Id.ToString();
        var sent = await Task.WhenAll(Enumerable.Range(0, 95).Select(i => alice.RoomMessages.SendAsync(room, $"{i}")));
        var window = new RoomWindow(room, alice.RoomHistory, pageSize: 10, capacity: 40);

        window.LoadNewest();
        Assert.Equal((10, true, false), Extent());
        window.LoadOlder();
        window.LoadOlder();
        window.LoadOlder();
        Assert.Equal((40, true, false), Extent());
        window.LoadOlder();
        Assert.Equal((40, true, true), Extent());
        window.LoadNewer();
        Assert.Equal((40, true, false), Extent());
        window.LoadAround(sent[3].Id);
        Assert.Equal((14, false, true), Extent());
        _ = await alice.RoomMessages.SendAsync(room, "newest");
        window.Refresh();
        Assert.DoesNotContain(window.Shown.Messages, message => message.Text == "newest");
        window.LoadNewest();
        var before = window.Shown.Messages[0];
        _ = await alice.RoomMessages.EditAsync(room, window.Shown.Messages[^1].Id, "edited");
        window.Refresh();
        Assert.Equal("edited", window.Shown.Messages[^1].Text);
        Assert.Same(before, window.Shown.Messages[0]);

        (int, bool, bool) Extent() => (window.Shown.Messages.Count, window.Shown.HasOlder, window.Shown.HasNewer);
    }

    [Fact]
    public async Task Reply_and_divider_leave_a_message_that_is_deleted_here()
    {
        await using var alice = await TestPeer.StartAsync("alice", "http://127.0.0.1:9");
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var page = Open(alice, list);
        var room = await alice.Rooms.CreateAsync("tidy", history: 0);
        var message = await alice.RoomMessages.SendAsync(room.Id.ToString(), "secret");
        var open = new OpenRoom(room.Id, page, alice.RoomMessages, alice.RoomHistory);
        open.Composing.Begin(message, isEdit: false);
        open.Divider.OnReceived(message.Id, isSeen: false);

        Assert.True(await open.ApplyAsync(new PeerEvent.RoomReordered(message.Room)));
        Assert.Equal((message.Id, true), (open.Divider.At, open.Composing.Subject is not null));
        Assert.True(await open.ApplyAsync(new PeerEvent.RoomReordered(message.Room) { Deleted = message.Id }));

        Assert.Equal((null, null), (open.Divider.At, open.Composing.Subject));
        Assert.StartsWith("The message that you were replying to was deleted.", open.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Former_member_reads_why_a_link_was_refused()
    {
        var refusal = RoomLinkText.Of("alice", RoomInviteRefusal.Removed);

        Assert.Contains(refusal, RoomText.Left(refusal), StringComparison.Ordinal);
        Assert.Contains("ask a moderator", RoomText.Left(refusal: null), StringComparison.Ordinal);
    }

    [Fact]
    public void Former_member_reads_who_has_removed_them()
    {
        Assert.StartsWith(
            "You are no longer a member of this room. ",
            RoomText.Left(refusal: null),
            StringComparison.Ordinal
        );
        Assert.StartsWith("bob removed you from this room. ", RoomText.Left(null, "bob"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_picture_is_shown_among_the_members()
    {
        await using var alice = await TestPeer.StartAsync("alice", "http://127.0.0.1:9");
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var page = Open(alice, list);
        var room = await alice.Rooms.CreateAsync("faces", history: 0);
        var self = Assert.Single(alice.Rooms.MembersOf($"{room.Id}")).Person;
        Assert.Null(RoomFace.Of(self, page).Picture);

        alice.Profiles.SetPicture(TestPictures.RealPng);

        var face = RoomFace.Of(self, page);
        Assert.StartsWith("pictures/alice?v=", face.Picture, StringComparison.Ordinal);
        Assert.True(face.IsSelf);
    }

    [Theory]
    [InlineData(true, "👍", "Bob reacted 👍")]
    [InlineData(true, null, "Bob removed the reaction")]
    [InlineData(false, "👍", "Bob reacted")]
    public void Info_shows_the_reaction_that_a_message_has(bool isLatest, string? emoji, string text) =>
        Assert.Equal(text, ReactionChange.Text("Bob", isLatest, emoji));

    [Theory]
    [InlineData(RoomStanding.Joined, false)]
    [InlineData(RoomStanding.Waiting, false)]
    [InlineData(RoomStanding.Left, true)]
    public void Refusal_of_a_link_is_shown_until_the_next_attempt(RoomStanding standing, bool isShown)
    {
        var rooms = new PageRooms(null!, _clock);
        var view = Room("walks", 0).View with { Standing = standing };
        rooms.Apply(new PeerEvent.RoomLinkRefused(new RoomRef(view.Id, view.Name), Bob, RoomInviteRefusal.Removed));
        Assert.NotNull(rooms.RefusalOf($"{view.Id}"));

        rooms.Apply(new PeerEvent.RoomChanged(view));

        Assert.Equal(isShown, rooms.RefusalOf($"{view.Id}") is not null);
    }

    [Theory]
    [InlineData(true, RoomInviteState.Expired, true)]
    [InlineData(false, RoomInviteState.Open, true)]
    [InlineData(false, RoomInviteState.Revoked, false)]
    public void Former_moderator_can_revoke_open_links(bool mayManage, RoomInviteState state, bool isShown)
    {
        var link = new RoomLinkView(
            "AAAAAAAA",
            state,
            Link: null,
            1,
            [],
            _clock.GetUtcNow(),
            _clock.GetUtcNow(),
            false
        );

        Assert.Equal(isShown, RoomText.HasLinkForm(mayManage, [link]));
    }

    [Fact]
    public void Rooms_stand_among_conversations_by_time()
    {
        Person[] people =
        [
            Spoken("late-mail", hours: 9),
            Spoken("bob", hours: 2),
            new(Username.Parse("silent")) { Accepted = true },
        ];
        PageRoom[] rooms = [Room("one", hours: 1), Room("two", hours: 3), Room("three", hours: 20)];

        var list = ChatList.Of(people, rooms, "", showsArchived: false);

        Assert.Equal(
            ["one", "late-mail", "bob", "two", "three", "silent"],
            list.Rows.Select(row => row.Room?.Name ?? row.Person!.Name.Value)
        );
        Assert.Equal(["two"], ChatList.Of(people, rooms, " #TW", false).Rows.Select(row => row.Room?.Name));
    }

    [Theory]
    [InlineData(RoomNotify.All, 3)]
    [InlineData(RoomNotify.Mentions, 1)]
    [InlineData(RoomNotify.None, 0)]
    public void Setting_of_a_room_decides_what_counts(RoomNotify notify, int waiting) =>
        Assert.Equal(
            waiting,
            (
                Room("cake", hours: 1) is var room
                    ? room with
                    {
                        View = room.View with { Notify = notify, Unread = 3, Mentions = 1 },
                    }
                    : room
            ).Waiting
        );

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a b", "a and b")]
    [InlineData("a b c", "a, b and c")]
    [InlineData("a b c d e", "a, b and 3 others")]
    public void Many_names_are_shortened(string names, string shown) =>
        Assert.Equal(shown, RoomText.Names(names.Split(' ')));

    [Fact]
    public async Task Unchecked_name_has_a_question_mark_and_no_picture()
    {
        await using var alice = await TestPeer.StartAsync("alice", "http://127.0.0.1:9");
        using var list = new DirectoryList(alice.Connections, _clock);
        await using var page = Open(alice, list);
        var key = PeerId.FromPublicKey("somebody"u8);

        var claimed = RoomFace.Of(new RoomPerson(key, Bob, HasCheckedName: false), page);
        alice.StoredContacts.Remember(Bob, PeerId.FromPublicKey("bob"u8));
        alice.StoredContacts.SetNickname(Bob, "Bobby");
        page.Refresh();
        var namesake = RoomFace.Of(new RoomPerson(key, Bob, HasCheckedName: true), page);
        var contact = RoomFace.Of(new RoomPerson(key, Bob, HasCheckedName: true) { IsContact = true }, page);
        Assert.Equal(("bob", "Bobby"), (namesake.Name, contact.Name));
        var nameless = RoomFace.Of(new RoomPerson(key, null, HasCheckedName: false), page);
        var self = RoomFace.Of(new RoomPerson(alice.Status.PeerId, alice.Status.Name, HasCheckedName: true), page);

        Assert.Equal(("bob?", false, null), (claimed.Name, claimed.IsChecked, claimed.Picture));
        Assert.Equal(key.Short, nameless.Name);
        Assert.Equal(("You", "you"), (self.Subject, self.Object));
    }

    [Fact]
    public void Invitation_is_notified_once_and_messages_as_the_room_is_set()
    {
        var invited = Room("cake", hours: 1).View with { Standing = RoomStanding.Invited, InvitedBy = Someone };
        var message = new RoomMessageView(invited.Id, new RoomRef(invited.Id, "cake"), Someone, "||secret||", null);

        var invitation = Notify(
            new PeerEvent.RoomChanged(invited)
            {
                Change = new RoomChangeView(RoomChangeKind.Invited, Someone, Someone, RoomRole.None),
            }
        );
        Assert.Equal(("bob", "Invites you to the room cake"), (invitation?.Title, invitation?.Text));
        Assert.Null(Notify(new PeerEvent.RoomChanged(invited)));
        var sent = Notify(new PeerEvent.RoomMessageReceived(message, RoomNotify.All));
        Assert.Equal(("bob in cake", "▒▒▒", $"r/{invited.Id}"), (sent?.Title, sent?.Text, sent?.Path));
        Assert.Null(Notify(new PeerEvent.RoomMessageReceived(message, RoomNotify.Mentions)));
        Assert.NotNull(
            Notify(new PeerEvent.RoomMessageReceived(message with { MentionsUser = true }, RoomNotify.Mentions))
        );
        Assert.Null(Notify(new PeerEvent.RoomMessageReceived(message with { MentionsUser = true }, RoomNotify.None)));

        static PageNotification? Notify(PeerEvent peerEvent) =>
            PageNotification.OfRoom(peerEvent, person => new RoomFace(
                person.Key,
                person.Shown,
                "B",
                0,
                null,
                false,
                IsChecked: true,
                IsContact: true
            ));
    }

    private static RoomPerson Someone => new(PeerId.FromPublicKey("bob"u8), Bob, HasCheckedName: true);

    private static PageRoom Room(string name, int hours) =>
        new(
            new RoomView(
                new RoomEventId(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))),
                name,
                RoomStanding.Joined,
                RoomRole.Member,
                2,
                0,
                0,
                RoomNotify.All
            ),
            DateTimeOffset.UnixEpoch.AddDays(2) - TimeSpan.FromHours(hours)
        );

    private static Person Spoken(string name, int hours)
    {
        var from = Username.Parse(name);
        var sentAt = DateTimeOffset.UnixEpoch.AddDays(2) - TimeSpan.FromHours(hours);
        return new Person(from)
        {
            Accepted = true,
            LastMessage = new Message(Guid.NewGuid(), 1, from, from, "hi", sentAt, MessageState.Received),
        };
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
        return model;
    }
}
