using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli.Conversations;

/// <summary>Conversations at a terminal, with two real peers.</summary>
public sealed class ConversationPromptTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const string CtrlC = "\u0003";
    private const string CtrlD = "\u0004";
    private const string CtrlL = "\u000c";
    private const string CtrlR = "\u0012";
    private const string Alt = "\e";

    [Fact]
    public async Task Conversation_is_opened_written_in_and_left()
    {
        var ann = Username.Parse("ann");
        await using var bob = await StartAsync("bob");
        await using var carol = await StartAsync("carol");
        await using var terminal = new PseudoTerminal(peers.Arguments("ann"), 120);
        await ConnectAsync(terminal, "ann", "bob");
        await ConnectAsync(terminal, "ann", "carol");
        await terminal.TypeAsync("send bob good morning\r");
        await ReceivesAsync(bob, ann, "good morning");
        var first = await bob.Messages.SendAsync(ann, "one");
        await bob.Messages.SendAsync(ann, "two");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "bob: two")
                && screen.StatusLine!.Contains("[1] bob 2", StringComparison.Ordinal)
                && screen is { Title: "(2) ann – P2PChat", Bells: > 0 },
            "messages outside a conversation are shown in full, and counted"
        );

        // A misspelt name opens nothing. Opening shows the messages, and what is new.
        await terminal.TypeAsync("chat bbo\rchat bob\r");
        await terminal.ShowsPromptAsync("→ bob>");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "There is no conversation with bbo. Did you mean 'bob'?")
                && Has(screen, "* bob: connected, not verified. /exit leaves the conversation"),
            "the conversation is open"
        );
        var shown = terminal
            .Screen.Lines.SkipWhile(line => !line.EndsWith("chat bob", StringComparison.Ordinal))
            .ToList();
        var rule = shown.FindIndex(line => line.Contains("── new", StringComparison.Ordinal));
        Assert.True(IndexOf(shown, "ann: good morning") is var own && own > 0 && own < rule);
        Assert.True(rule < IndexOf(shown, "bob: one"));
        await IsReadAsync(bob, ann, first.Id);

        // Plain text is sent to bob, and typing is announced. A bare command is not sent.
        using var events = bob.Events.Listen(bob.Events.Last)!;
        await terminal.TypeAsync("hello, bob");
        await ArrivesAsync(events, one => one is PeerEvent.Typing { Active: true });
        await terminal.TypeAsync("\rexit\r//exit\r//etc/hosts\r");
        await ReceivesAsync(bob, ann, "good morning", "hello, bob", "exit", "/etc/hosts");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "ann: hello, bob")
                && Has(screen, "Type /exit to leave, or //exit to send it.")
                && !Has(screen, "→ bob> hello, bob"),
            "the own message takes the place of the line"
        );

        // Messages of others are one line, and stay unread while keys are pressed.
        await terminal.TypeAsync("/set bell off\rhalf a line");
        await terminal.ShowsAsync(screen => Has(screen, "bell is now off."), "the bell is off");
        var bells = terminal.Screen.Bells;
        var elsewhere = await carol.Messages.SendAsync(ann, "are you there?");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "[2] carol: are you there?")
                && screen.StatusLine!.Contains("[1] bob [2] carol 1", StringComparison.Ordinal),
            "carol's message is one line with her number"
        );
        Assert.Equal(bells, terminal.Screen.Bells);
        await terminal.TypeAsync("?");
        await terminal.ShowsPromptAsync("→ bob> half a line?");
        Assert.Equal(MessageState.Delivered, State(carol, ann, elsewhere.Id));

        // The page, or another program, writes in the open conversation: it is shown, once, with its tick.
        Assert.Equal((0, "", ""), await Ctl.RunAsync(peers.DataOf("ann"), "send bob from elsewhere"));
        Assert.Equal((0, "", ""), await Ctl.RunAsync(peers.DataOf("ann"), "send carol not here"));
        await terminal.ShowsAsync(
            screen => Has(screen, "ann: from elsewhere ✓✓") && !Has(screen, "not here"),
            "a message that another program has sent is shown in its conversation"
        );

        // Alt-A goes to it, Alt with a number back to bob and the half-typed line.
        await terminal.TypeAsync($"{Alt}a");
        await terminal.ShowsPromptAsync("→ carol>");
        await IsReadAsync(carol, ann, elsewhere.Id);
        await terminal.TypeAsync($"@bob quick\r\e[200~int x;\r\n  exit\r\n\e[201~\r");
        await ReceivesAsync(bob, ann, "good morning", "hello, bob", "exit", "/etc/hosts", "from elsewhere", "quick");
        await ReceivesAsync(carol, ann, "not here", "int x;\n  exit");
        await terminal.TypeAsync($"{Alt}1");
        await terminal.ShowsPromptAsync("→ bob> half a line?");

        // A request tells what to type here: without '/', it would be a message to bob.
        await using var dora = await StartAsync("dora");
        _ = await dora.Connections.ConnectAsync(ann, CancellationToken.None);
        await terminal.ShowsAsync(
            screen => Has(screen, "Use '/accept dora' or '/reject dora'"),
            "the commands are named as they are typed in a conversation"
        );

        // Ctrl-C clears the line, Ctrl-R finds an earlier one.
        await terminal.TypeAsync($"{CtrlC}");
        await terminal.ShowsPromptAsync("→ bob>");
        await terminal.TypeAsync($"{CtrlR}hell");
        await terminal.ShowsPromptAsync("search 'hell': hello, bob");
        await terminal.TypeAsync($"{CtrlC}/help\r");
        await terminal.ShowsAsync(screen => Has(screen, "explain a command, end the peer"), "the help is shown");
        await terminal.TypeAsync("/chats\r");
        await terminal.ShowsAsync(
            screen => Has(screen, "[2] carol: connected, not verified"),
            "the conversations are listed"
        );

        // A muted conversation is only counted.
        await terminal.TypeAsync("/mute carol\r");
        await terminal.ShowsAsync(screen => Has(screen, "carol is muted."), "carol is muted");
        var muted = await carol.Messages.SendAsync(ann, "not shown here");
        await terminal.ShowsAsync(
            screen =>
                screen.StatusLine!.Contains("[2] carol 1", StringComparison.Ordinal) && !Has(screen, "not shown here"),
            "the message is counted, and not shown"
        );
        _ = await carol.Messages.EditAsync(ann, muted.Id, "not shown, edited");
        _ = await carol.Messages.RemoveForAllAsync(ann, muted.Id);
        await terminal.ShowsAsync(
            screen =>
                screen.StatusLine!.Contains("[2] carol", StringComparison.Ordinal)
                && !screen.StatusLine.Contains("[2] carol 1", StringComparison.Ordinal)
                && !Has(screen, "carol edited")
                && !Has(screen, "carol deleted"),
            "changes are not shown either, and a deleted message is not counted"
        );

        // Ctrl-L clears the terminal.
        await terminal.TypeAsync($"{CtrlL}");
        await terminal.ShowsAsync(
            screen => !Has(screen, "[2] carol: connected, not verified") && screen.CurrentLine == "→ bob>",
            "only the prompt is left"
        );

        // Ctrl-C interrupts a command that waits. Ctrl-D leaves the conversation, two Ctrl-C end the peer.
        await terminal.TypeAsync("/backup nowhere\r");
        await terminal.ShowsAsync(screen => Has(screen, "Passphrase for the backup (not shown):"), "it waits");
        await terminal.TypeAsync(CtrlC);
        await terminal.ShowsAsync(screen => Has(screen, "The command was interrupted."), "it is interrupted");
        await terminal.TypeAsync(CtrlD);
        await terminal.ShowsPromptAsync("ann>");
        await terminal.TypeAsync(CtrlC);
        await terminal.ShowsAsync(screen => Has(screen, "Press Ctrl-C again to quit."), "the first one only asks");
        await terminal.TypeAsync(CtrlC + CtrlC);
        Assert.Equal((0, true), await terminal.EndsAsync());
        Assert.DoesNotContain(bob.Messages.Page(ann, null, null, 50).Messages, message =>
            message.Text == "half a line?"
        );
    }

    [Fact]
    public async Task Conversation_that_cannot_be_written_in_says_why()
    {
        await using var dan = await TestPeer.StartAsync("dan", peers.Directory.Url);
        await dan.RegisteredAsync();
        await using var terminal = new PseudoTerminal(peers.Arguments("eve"), 100);
        await terminal.ShowsPromptAsync("eve>");

        await terminal.TypeAsync("chat dan\rconnect dan\r");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "There is no conversation with dan. Use 'connect dan' to start one.")
                && Has(screen, "* waiting for dan's answer. It will appear here"),
            "there is only a request"
        );
        await terminal.TypeAsync("chat dan\rhello?\r");
        await terminal.ShowsAsync(
            screen =>
                screen.Lines.Count(line =>
                    line == "dan has not answered your request yet. You can write once it is accepted."
                ) == 2
                && screen.CurrentLine == "→ dan> hello?",
            "it says why, and keeps the line"
        );
        dan.Connections.Accept(Username.Parse("eve"));
        await terminal.ShowsAsync(screen => Has(screen, "* connected to dan"), "they are connected");
        await terminal.TypeAsync("\r");
        await ReceivesAsync(dan, Username.Parse("eve"), "hello?");

        // Destructive commands ask, and name the contact.
        await terminal.TypeAsync("/delete all\r");
        await AnswerAsync(terminal, "n", "Nothing was deleted.", "Delete all messages with dan on this side?");
        await terminal.TypeAsync($"{CtrlC}/block\r");
        await AnswerAsync(terminal, "y", "dan is blocked. They are not told.", "Block dan?");
        await terminal.TypeAsync($"{CtrlC}still there?\r");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "You have blocked dan. To write again, type /unblock, and then /connect.")
                && screen.CurrentLine == "→ dan> still there?",
            "it says why, and keeps the line"
        );
        await terminal.TypeAsync($"{CtrlC}{CtrlC}{CtrlC}");
        Assert.Equal((0, true), await terminal.EndsAsync());
    }

    [Fact]
    public async Task Room_is_opened_written_in_and_closed()
    {
        await using var kim = await StartAsync("kim");
        await using var terminal = new PseudoTerminal(peers.Arguments("joy"), 120);
        await ConnectAsync(terminal, "joy", "kim");
        await terminal.TypeAsync("room new Hiking trip\rroom invite #hiking-trip kim\r");
        var room = await JoinsAsync(kim);
        await terminal.ShowsAsync(screen => Has(screen, "* kim joined #hiking-trip"), "kim is a member");
        await kim.RoomMessages.SendAsync(room, "one");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, " #hiking-trip kim: one")
                && screen.StatusLine!.Contains("[1] kim [2] #hiking-trip 1", StringComparison.Ordinal),
            "outside the room, a message names it, and is counted"
        );

        // A misspelt name opens nothing. Opening shows the messages, and what is new.
        await terminal.TypeAsync("chat #hiking-tirp\rchat #h\t\r");
        await terminal.ShowsPromptAsync("→ #hiking-trip>");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "There is no room #hiking-tirp. Did you mean '#hiking-trip'?")
                && Has(screen, "* #hiking-trip: owner, 2 members. /exit closes the room here"),
            "the room is open"
        );
        var shown = terminal
            .Screen.Lines.SkipWhile(line => !line.EndsWith("chat #hiking-trip", StringComparison.Ordinal))
            .ToList();
        Assert.True(IndexOf(shown, "── new") is var rule && rule > 0 && rule < IndexOf(shown, " kim: one"));
        await terminal.ShowsAsync(
            screen => screen.StatusLine!.EndsWith("[1] kim [2] #hiking-trip", StringComparison.Ordinal),
            "opening marks the messages as read"
        );

        // Plain text is sent to the room, and short forms are about its messages.
        using var events = kim.Events.Listen(kim.Events.Last)!;
        await terminal.TypeAsync("who brings the");
        await ArrivesAsync(events, one => one is PeerEvent.RoomTyping { Active: true });
        await terminal.TypeAsync(" map?\r/reply 1 two\r/react 1 👍\r/edit 1 three\r");
        await Eventually.True(
            () => Texts(kim, room).SequenceEqual(["one", "who brings the map?", "three"]),
            PeerUnderTest.Soon,
            "kim has the messages"
        );
        Assert.Equal("👍", Assert.Single(kim.RoomMessages.Page(room, null, null, 50).Messages[0].Reactions).Emoji);
        await kim.RoomMessages.SendAsync(room, "I do");
        Assert.Equal((0, "", ""), await Ctl.RunAsync(peers.DataOf("joy"), "send #hiking-trip from elsewhere"));
        await terminal.ShowsAsync(
            screen =>
                Has(screen, " joy: who brings the map?")
                && !Has(screen, "→ #hiking-trip> who")
                && screen.Untimed.Contains("kim: I do")
                && Has(screen, " joy: from elsewhere"),
            "messages of the open room do not name it"
        );

        // What others do to messages is said in one line.
        var own = kim.RoomMessages.Page(room, null, null, 50).Messages.First(one => one.IsOwn).Id;
        var theirs = kim.RoomMessages.Page(room, null, null, 50).Messages.First(one => !one.IsOwn).Id;
        await kim.RoomMessages.EditAsync(room, own, "one!");
        await kim.RoomMessages.ReactAsync(room, theirs, "🎉");
        await terminal.ShowsAsync(
            screen => Has(screen, "* kim reacted with 🎉 to \"who brings the map?\""),
            "a reaction is shown before it is removed"
        );
        await kim.RoomMessages.ReactAsync(room, theirs, null);
        await kim.RoomMessages.DeleteMessageAsync(room, own);
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "* kim edited a message: one!")
                && Has(screen, "* kim removed a reaction to \"who brings the map?\"")
                && Has(screen, "* kim deleted a message")
                && !Has(screen, "* joy edited"),
            "changes by others are shown"
        );

        // Another conversation keeps its own line, and shows a message of the room in one line.
        await terminal.TypeAsync($"half a line{Alt}1");
        await terminal.ShowsPromptAsync("→ kim>");
        kim.RoomMessages.SetTyping(room, active: true);
        await terminal.ShowsAsync(
            screen => screen.StatusLine!.Contains("kim is typing in #hiking-trip", StringComparison.Ordinal),
            "typing in a room is shown"
        );
        await kim.RoomMessages.SendAsync(room, "at eight");
        await terminal.ShowsAsync(screen => Has(screen, "[2] #hiking-trip kim: at eight"), "one line with its number");
        await terminal.TypeAsync("/chats\r");
        await terminal.ShowsAsync(
            screen =>
                IndexOf([.. screen.Lines], "[2] #hiking-trip: owner, 2 members, 1 unread") is var inList and >= 0
                && screen.Lines[inList + 1].StartsWith("[1] kim: connected", StringComparison.Ordinal),
            "the room with the latest message is first"
        );
        await terminal.TypeAsync($"{Alt}a");
        await terminal.ShowsPromptAsync("→ #hiking-trip> half a line");

        // A room that is left takes no messages; one that was deleted is closed.
        await terminal.TypeAsync($"{CtrlC}/room role kim owner\r");
        await AnswerAsync(terminal, "y", "kim is owner of #hiking-trip now.", "Hand #hiking-trip over to kim");
        await terminal.TypeAsync($"{CtrlC}/room leave\r");
        await terminal.ShowsAsync(
            screen => Has(screen, "* you are no longer in #hiking-trip. '/room delete' deletes your copy"),
            "joy has left"
        );
        await terminal.TypeAsync("anyone?\r");
        await terminal.ShowsAsync(
            screen =>
                Has(screen, "You are no longer a member of this room. To delete your copy of it, type /room delete.")
                && screen.CurrentLine == "→ #hiking-trip> anyone?",
            "it says why, and keeps the line"
        );
        await terminal.TypeAsync($"{CtrlC}{CtrlD}");
        await terminal.ShowsAsync(
            screen => Has(screen, "* you have closed #hiking-trip here") && screen.CurrentLine == "joy>",
            "the room is closed"
        );
        await terminal.TypeAsync($"{Alt}2");
        await terminal.ShowsPromptAsync("→ #hiking-trip>");
        await terminal.TypeAsync("/room delete --force\r");
        await terminal.ShowsAsync(
            screen => Has(screen, "Deleted #hiking-trip on this device.") && screen.CurrentLine == "joy>",
            "the deleted room is closed"
        );
    }

    [Fact]
    public async Task Multiline_message_is_typed_sent_and_recalled()
    {
        const string AltEnter = "\e\r";
        const string Up = "\e[A";
        var mia = Username.Parse("mia");
        await using var leo = await StartAsync("leo");
        await using var terminal = new PseudoTerminal(peers.Arguments("mia"), 60);
        await ConnectAsync(terminal, "mia", "leo");
        await terminal.TypeAsync("chat leo\r");
        await terminal.ShowsPromptAsync("→ leo>");

        // Keys that arrive together with Alt-Enter must not send half a message.
        await terminal.TypeAsync($"- one{AltEnter}- three");
        await terminal.ShowsAsync(
            screen => screen.Untimed.TakeLast(2).SequenceEqual(["→ leo> - one", "    - three"]),
            "both lines are being typed"
        );
        await terminal.TypeAsync(Up);
        await terminal.ShowsPromptAsync("→ leo> - one");
        await terminal.TypeAsync($"{AltEnter}- two");
        await terminal.ShowsAsync(
            screen => screen.Untimed.TakeLast(3).SequenceEqual(["→ leo> - one", "    - two", "    - three"]),
            "a line is inserted"
        );
        await terminal.TypeAsync("\r");
        await ReceivesAsync(leo, mia, "- one\n- two\n- three");
        await terminal.ShowsAsync(
            screen => Rows(screen, "mia:", 4).SequenceEqual(["mia:", "• one", "• two", "• three ✓✓"]),
            "the message is shown with its lines"
        );

        await terminal.TypeAsync(Up);
        await terminal.ShowsPromptAsync("    - three");

        // A reply takes several lines, too.
        await leo.Messages.SendAsync(mia, "and then?");
        await terminal.ShowsAsync(screen => Has(screen, "leo: and then?"), "there is something to reply to");
        await terminal.TypeAsync($"{CtrlC}/reply 1 four{AltEnter}five\r");
        await ReceivesAsync(leo, mia, "- one\n- two\n- three", "four\nfive");
        Assert.NotNull(leo.Messages.Page(mia, null, null, 1).Messages[0].ReplyTo);

        static IEnumerable<string> Rows(ScreenEmulator screen, string first, int count) =>
            screen.Untimed.Select(row => row.Trim()).SkipWhile(row => row != first).Take(count);
    }

    [Fact]
    public async Task Reveal_shows_the_spoiler()
    {
        await using var uma = await StartAsync("uma");
        await using var terminal = new PseudoTerminal(peers.Arguments("ned"), 60);
        await ConnectAsync(terminal, "ned", "uma");
        await terminal.TypeAsync("chat uma\r");
        await terminal.ShowsPromptAsync("→ uma>");

        await terminal.TypeAsync("/reveal\r");
        await terminal.ShowsAsync(screen => Has(screen, "None of the latest 200 messages"), "nothing is hidden");
        await uma.Messages.SendAsync(Username.Parse("ned"), "it is ||the **butler**||");
        await terminal.ShowsAsync(screen => Has(screen, "uma: it is ▒▒▒ ▒▒▒▒▒▒"), "the text is hidden");
        await terminal.TypeAsync("/reveal\r");
        await terminal.ShowsAsync(screen => Has(screen, "uma: it is ||the butler||"), "the text is revealed");
    }

    private static async Task<string> JoinsAsync(TestPeer peer)
    {
        await Eventually.True(() => peer.Rooms.All.Count == 1, PeerUnderTest.Soon, "it is invited");
        var room = peer.Rooms.All[0].Id.ToString();
        await peer.Rooms.JoinAsync(room);
        return room;
    }

    private static IEnumerable<string> Texts(TestPeer peer, string room) =>
        peer.RoomMessages.Page(room, null, null, 50).Messages.Select(message => message.Text);

    private async Task<TestPeer> StartAsync(string name)
    {
        var peer = await TestPeer.StartAsync(name, peers.Directory.Url, settings: [("Accept", "all")]);
        await peer.RegisteredAsync();
        return peer;
    }

    private static async Task ConnectAsync(PseudoTerminal terminal, string name, string other)
    {
        await terminal.ShowsPromptAsync($"{name}>");
        await terminal.TypeAsync($"connect {other}\r");
        await terminal.ShowsAsync(screen => Has(screen, $"* connected to {other}"), $"{other} is connected");
    }

    // A line may begin with its time.
    private static bool Has(ScreenEmulator screen, string text) => IndexOf([.. screen.Lines], text) >= 0;

    private static int IndexOf(List<string> lines, string text) =>
        lines.FindIndex(line => line.Contains(text, StringComparison.Ordinal));

    private static Task ReceivesAsync(TestPeer peer, Username from, params string[] texts) =>
        Eventually.True(
            () =>
                peer
                    .Messages.Page(from, null, null, 50)
                    .Messages.Where(message => message.From == from)
                    .Select(message => message.Text)
                    .SequenceEqual(texts),
            PeerUnderTest.Soon,
            string.Join(", ", texts)
        );

    private static MessageState State(TestPeer peer, Username with, Guid id) =>
        peer.Messages.Page(with, null, null, 50).Messages.Single(message => message.Id == id).State;

    private static Task IsReadAsync(TestPeer peer, Username by, Guid id) =>
        Eventually.True(() => State(peer, by, id) == MessageState.Read, PeerUnderTest.Soon, "it is read");

    private static async Task ArrivesAsync(EventListener events, Func<PeerEvent, bool> isAwaited)
    {
        using var limit = new CancellationTokenSource(PeerUnderTest.Soon);
        while (!isAwaited((await events.Reader.ReadAsync(limit.Token)).Event)) { }
    }

    // A key right after the question does not count.
    private static async Task AnswerAsync(PseudoTerminal terminal, string key, string answer, string question)
    {
        await terminal.ShowsAsync(screen => Has(screen, question), question);
        await Eventually.True(
            async () =>
            {
                if (Has(terminal.Screen, answer))
                {
                    return true;
                }

                await terminal.TypeAsync(key);
                return false;
            },
            PeerUnderTest.Soon,
            answer
        );
    }
}
