using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Rooms;

namespace P2PChat.Tests.Peer.Cli.Conversations;

/// <summary>A room at the prompt of the second of two peers, without a terminal.</summary>
public sealed class RoomChatTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const string Room = "crew";

    [Fact]
    public async Task Opened_room_shows_what_is_new_and_marks_it_as_read()
    {
        await using var group = await OpenAsync("ada", "ben");
        var (ada, ben) = (group[0], group[1]);
        _ = await ada.RoomMessages.SendAsync(Room, "old");
        await group.AgreesAsync(1);
        await ben.RoomMessages.MarkReadAsync(Room, upTo: null);
        _ = await ada.RoomMessages.SendAsync(Room, "new");
        await group.AgreesAsync(2);
        using var prompt = new Prompt(ben);

        Assert.Equal(CommandResult.Done, prompt.Chat.OpenTyped("#CREW"));

        Assert.Equal(
            ["* #crew: member, 2 members. /exit closes the room here", "ada: old", "── new ──", "ada: new"],
            prompt.Shown
        );
        Assert.Equal(prompt.Room, prompt.Book.Open);
        await Eventually.True(() => ben.Rooms.Find(Room).Unread == 0, PeerUnderTest.Soon, "all is read");
    }

    [Fact]
    public async Task Own_message_is_shown_once_from_any_client()
    {
        await using var group = await OpenAsync("cal", "dee");
        var dee = group[1];
        using var prompt = new Prompt(dee);
        _ = prompt.Chat.Open(prompt.Room);

        Assert.Equal(CommandResult.Done, await prompt.Chat.SayAsync(prompt.Room, "from the prompt"));
        prompt.Chat.Show(dee.RoomMessages.Page(Room, null, null, 1).Messages[0]);
        var other = await dee.RoomMessages.SendAsync(Room, "from the page");
        prompt.Chat.Show(other);
        prompt.Chat.Show(other);
        Assert.Equal(["dee: from the prompt ✓", "dee: from the page ✓"], prompt.Shown.Skip(1));

        _ = prompt.Chat.Close(prompt.Room);
        prompt.Chat.Show(await dee.RoomMessages.SendAsync(Room, "elsewhere"));
        Assert.Equal("* you have closed #crew here. You are still a member", prompt.Shown[^1]);
        Assert.Null(prompt.Book.Open);
    }

    [Fact]
    public async Task Arriving_message_is_shown_in_full_only_where_it_belongs()
    {
        await using var group = await OpenAsync("eli", "fay");
        var (eli, fay) = (group[0], group[1]);
        using var prompt = new Prompt(fay);

        // Nothing is open.
        prompt.Chat.Show(await ReceiveAsync("one"));
        Assert.Equal(["#crew eli: one"], prompt.Shown);

        // It is open: what opening has shown is not shown again.
        var second = await ReceiveAsync("two");
        _ = prompt.Chat.Open(prompt.Room);
        var before = prompt.Shown.Count;
        prompt.Chat.Show(second);
        Assert.Equal(before, prompt.Shown.Count);
        prompt.Chat.Show(await ReceiveAsync("three"));
        Assert.Equal("eli: three", prompt.Shown[^1]);

        // Another conversation is open.
        prompt.Book.Enter(new ChatKey.Contact(eli.Name));
        prompt.Chat.Show(await ReceiveAsync("four"));
        Assert.Equal("[1] #crew eli: four", prompt.Shown[^1]);
        prompt.Chat.Show(await ReceiveAsync("five") with { Notifies = false });
        Assert.Equal("[1] #crew eli: four", prompt.Shown[^1]);

        async Task<ApiEvent.RoomMessageReceived> ReceiveAsync(string text)
        {
            _ = await eli.RoomMessages.SendAsync(Room, text);
            var received = await fay.Expect<PeerEvent.RoomMessageReceived>(one => one.Message.Text == text);
            return Assert.IsType<ApiEvent.RoomMessageReceived>(received.ToRoomEvent());
        }
    }

    [Fact]
    public async Task Change_by_another_member_names_the_room_unless_it_is_open()
    {
        await using var group = await OpenAsync("gil", "hal");
        var (gil, hal) = (group[0], group[1]);
        var sent = await hal.RoomMessages.SendAsync(Room, "lunch?");
        await group.AgreesAsync(1);
        _ = await gil.RoomMessages.ReactAsync(Room, sent.Id, "👍");
        var happened = await hal.Expect<PeerEvent.RoomMessageChanged>(one => one.Change is not null);
        var changed = Assert.IsType<ApiEvent.RoomMessageChanged>(happened.ToRoomEvent());
        using var prompt = new Prompt(hal);

        prompt.Chat.Show(changed with { Notifies = false });
        prompt.Chat.Show(changed with { Notifies = true });
        Assert.Equal(["* gil reacted with 👍 to \"lunch?\" in #crew"], prompt.Shown);

        _ = prompt.Chat.Open(prompt.Room);
        prompt.Chat.Show(changed with { Notifies = false });
        Assert.Equal("* gil reacted with 👍 to \"lunch?\"", prompt.Shown[^1]);
    }

    [Fact]
    public async Task Read_mark_of_a_member_appears_after_the_own_message()
    {
        await using var group = await OpenAsync("ivy", "jon");
        var (ivy, jon) = (group[0], group[1]);
        using var prompt = new Prompt(jon);
        _ = prompt.Chat.Open(prompt.Room);
        _ = await prompt.Chat.SayAsync(prompt.Room, "seen");
        await group.AgreesAsync(1);

        await ivy.RoomMessages.MarkReadAsync(Room, upTo: null);
        var happened = await jon.Expect<PeerEvent.RoomRead>();
        var read = Assert.IsType<ApiEvent.RoomRead>(happened.ToRoomEvent());
        prompt.Chat.Show(read with { Room = new string('0', read.Room.Length) });
        Assert.Equal("jon: seen ✓", prompt.Shown[^1]);
        prompt.Chat.Show(read);
        Assert.Equal("jon: seen ✓✓ read by 1", prompt.Shown[^1]);

        // Opened again, and where a mark has come before the message is shown.
        Assert.Equal(1, jon.RoomMessages.Page(Room, null, null, 1).Messages[0].Readers);
        using var again = new Prompt(jon);
        _ = again.Chat.Open(again.Room);
        Assert.Equal("jon: seen ✓✓ read by 1", again.Shown[^1]);
        // The sender of a message is not among its readers.
        Assert.Equal(0, ivy.RoomMessages.Page(Room, null, null, 1).Messages[0].Readers);
    }

    [Fact]
    public async Task Room_that_cannot_be_written_in_says_why()
    {
        await using var group = await RoomGroup.StartAsync(directory, "kim", "lou");
        var (kim, lou) = (group[0], group[1]);
        _ = await kim.Rooms.CreateAsync(Room, history: 0);
        await kim.Rooms.InviteAsync(Room, lou.Name);
        await RoomGroup.InvitedAsync(Room, lou);
        using var prompt = new Prompt(lou);

        Assert.Equal(CommandResult.Done, prompt.Chat.Open(prompt.Room));
        Assert.Contains("kim invites you to this room. Type /room join to join", prompt.Text, StringComparison.Ordinal);
        prompt.Clear();
        Assert.Equal(CommandResult.Failed, await prompt.Chat.SayAsync(prompt.Room, "let me in"));
        Assert.Contains("Type /room join to join", prompt.Text, StringComparison.Ordinal);
        _ = prompt.Chat.Close(prompt.Room);
        Assert.Equal("* you have closed #crew here", prompt.Shown[^1]);

        await lou.Rooms.JoinAsync(Room);
        await lou.Rooms.LeaveAsync(Room);
        prompt.Clear();
        Assert.Equal(CommandResult.Done, prompt.Chat.Open(prompt.Room));
        Assert.Contains("To delete your copy of it, type /room delete.", prompt.Text, StringComparison.Ordinal);
        Assert.Equal(CommandResult.Failed, await prompt.Chat.SayAsync(prompt.Room, "wait"));
        Assert.True(prompt.Chat.Exists(prompt.Room));

        await lou.Rooms.DeleteAsync(Room);
        Assert.False(prompt.Chat.Exists(prompt.Room));
        Assert.Equal(CommandResult.Failed, prompt.Chat.Open(prompt.Room));
    }

    [Fact]
    public async Task Full_room_takes_only_deletes_and_says_so()
    {
        await using var group = await OpenAsync("pat", "rob");
        var rob = group[1];
        var text = await rob.RoomMessages.SendAsync(Room, "the last one");
        FullRoom.Fill(rob, Room);
        using var prompt = new Prompt(rob);

        Assert.Equal(CommandResult.Done, prompt.Chat.Open(prompt.Room));
        Assert.Contains("This room is full. Start a new room.", prompt.Text, StringComparison.Ordinal);
        prompt.Clear();
        Assert.Equal(CommandResult.Failed, await prompt.Chat.SayAsync(prompt.Room, "one more"));
        Assert.Contains("This room is full. Start a new room.", prompt.Text, StringComparison.Ordinal);
        Assert.True((await rob.RoomMessages.DeleteMessageAsync(Room, text.Id)).IsRemoved);
    }

    [Fact]
    public async Task Unknown_room_leaves_the_open_one_open()
    {
        await using var group = await OpenAsync("max", "ned");
        using var prompt = new Prompt(group[1]);
        _ = prompt.Chat.Open(prompt.Room);

        Assert.Equal(CommandResult.Failed, prompt.Chat.OpenTyped("#crow"));

        Assert.Equal("There is no room #crow. Did you mean '#crew'?", prompt.Shown[^1]);
        Assert.Equal(prompt.Room, prompt.Book.Open);
    }

    [Fact]
    public async Task Typing_is_told_to_members_only_while_this_user_is_one()
    {
        await using var group = await OpenAsync("ora", "pat");
        var (ora, pat) = (group[0], group[1]);
        using var prompt = new Prompt(pat);
        prompt.Book.Refresh();

        prompt.Chat.SetTyping(prompt.Room, active: true);
        Assert.True((await ora.Expect<PeerEvent.RoomTyping>()).Active);

        await pat.Rooms.LeaveAsync(Room);
        await pat.Rooms.DeleteAsync(Room);
        // A call for a room that is gone would be refused.
        prompt.Book.Refresh();
        prompt.Chat.SetTyping(prompt.Room, active: true);
    }

    private async Task<RoomGroup> OpenAsync(params string[] names)
    {
        var group = await RoomGroup.StartAsync(directory, names);
        await group.OpenAsync(Room);
        return group;
    }

    /// <summary>The prompt of a peer, and what it shows.</summary>
    private sealed class Prompt : IDisposable
    {
        private const int Width = 200;
        private const int Height = 40;

        private readonly StringWriter _output = new();

        public Prompt(PeerUnderTest peer)
        {
            var screen = new PromptScreen(_output, $"{peer.Name}> ", () => (Width, Height));
            var lines = new MessageLines(peer.Name.Value, _ => 0, Ink.None, TimeProvider.System);
            Book = new ConversationBook(() => [], () => new Dictionary<Username, ChatMarks>(), () => peer.Rooms.All);
            Room = new ChatKey.Room(Assert.Single(peer.Rooms.All).Id.ToString());
            Chat = new RoomChatFactory(Book, peer.Rooms, peer.RoomMessages, peer.RoomHistory).Create(
                new ChatLog(screen, lines, TimeProvider.System),
                lines,
                screen,
                Ink.None
            );
        }

        public RoomChat Chat { get; }

        public ConversationBook Book { get; }

        public ChatKey.Room Room { get; }

        /// <summary>The rows on the screen, without times.</summary>
        public IReadOnlyList<string> Shown
        {
            get
            {
                var screen = new ScreenEmulator(Width, Height);
                screen.Write(_output.ToString());
                return [.. screen.Untimed.Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
            }
        }

        /// <summary>The rows as one line: a sentence may be wrapped.</summary>
        public string Text => string.Join(' ', Shown.Select(line => line.Trim()));

        public void Clear() => _ = _output.GetStringBuilder().Clear();

        public void Dispose() => _output.Dispose();
    }
}
