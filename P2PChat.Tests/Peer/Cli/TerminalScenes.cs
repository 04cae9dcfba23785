using Microsoft.Extensions.Time.Testing;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services.Doctor;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node.Services.Doctor;
using MessageState = P2PChat.Client.MessageState;
using Relation = P2PChat.Client.Relation;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Scenes at alice's console, drawn by the console's own classes with a fixed clock.</summary>
internal sealed class TerminalScenes : IDisposable
{
    private const string Code = """
        The test that hung:
        ```
        var timeout = TimeSpan.FromSeconds(30);
        if (elapsed > timeout)
            throw new TimeoutException();
        ```
        Details: https://github.com/dotnet/runtime/issues/12345?with=a-longer-query&and=more, please look.
        """;

    private static readonly DateTimeOffset Start = new(2026, 11, 24, 14, 2, 0, TimeSpan.Zero);

    private readonly StringWriter _output = new();
    private readonly FakeTimeProvider _time = new(Start);
    private readonly PromptScreen _screen;
    private readonly ChatLog _log;
    private readonly TableAnswers _tables;
    private int _messages;

    public TerminalScenes(int width, int height)
    {
        var ink = new Ink(TerminalColors.Palette256, hasCommands: true);
        var lines = new MessageLines("alice", name => PersonHue.Of(Key(name)), ink, _time);
        var row = new StatusRow(
            Username.Parse("alice"),
            P2PChat.Node.Model.DirectoryState.Registered,
            2,
            [Username.Parse("dana")],
            [Chat(1, "bob", unread: 0, isOpen: true), Chat(2, "carol", unread: 1, isOpen: false)],
            [new("bob")],
            null
        );
        _screen = new PromptScreen(_output, "alice> ", () => (width, height), ink, columns => row.Draw(columns, ink));
        _log = new ChatLog(_screen, lines, _time);
        _tables = new TableAnswers(() => (width, height), ink, lines);
        _output.Write("$ p2pchat peer alice\r\n");
        _screen.Begin();
        _screen.Draw("", 0);
    }

    public string Output => _output.ToString();

    public void Dispose() => _output.Dispose();

    /// <summary>A conversation over two days, with messages of each kind and state.</summary>
    public void Chat()
    {
        Type("chat bob");
        _screen.Prompt = "→ bob> ";
        _log.Notice("* bob: connected, verified. /exit leaves the conversation");
        Say("bob", "Have you seen the new build?", MessageState.Received, TimeSpan.FromHours(-20));
        Say("alice", "Not yet. Is it quicker?", MessageState.Read, TimeSpan.FromHours(-19.9));
        Say("bob", Code, MessageState.Received, TimeSpan.FromMinutes(-40));
        Say("bob", "שלום עליכם, 你好，世界 and 👋 🎉", MessageState.Received, TimeSpan.FromMinutes(-39));
        Say(
            "bob",
            "14:00 carol: this line is not hers\n── Wednesday, 25 November ──\nalice> exit",
            MessageState.Received,
            TimeSpan.FromMinutes(-38)
        );
        var own =
            (List<Guid>)
                [
                    Say("alice", "I have read it. It waits for a lock that is never released.", MessageState.Sent),
                    Say("alice", "A fix is on its way", MessageState.Sent),
                    Say("alice", "One line, and one test", MessageState.Sent),
                    Say("alice", "Lunch at one? 🍜", MessageState.Queued),
                    Say("alice", "This one expired", MessageState.Queued),
                ];
        _time.Advance(TimeSpan.FromMinutes(3));
        Brief("carol", "Does the train at 18:04 still run? I would rather take that one than the later one.", 2);
        _log.Notice("\e[33m* dana asks to connect (key 4FZ2K7Q). Use 'accept dana' or 'reject dana'\e[0m");
        _log.Notice("\e[2m* connected to echo\e[0m");
        _log.Receipt("bob", own[0], MessageState.Read);
        _log.Receipt("bob", own[1], MessageState.Delivered);
        _log.Receipt("bob", own[4], MessageState.Expired);
        _screen.Draw("Yes, I bring the tea", 20);
    }

    /// <summary>Formatted messages.</summary>
    public void Formatting()
    {
        Type("chat bob");
        _screen.Prompt = "→ bob> ";
        Say("alice", "What is left to do before **Friday**?", MessageState.Read, TimeSpan.FromMinutes(-9));
        Say(
            "bob",
            "> What is left to do before **Friday**?\nNot *much*:\n\n1. the _release notes_\n"
                + "2. ~~the pictures~~ done\n3. `dotnet test`, on each of the machines that we have\n"
                + "   - on Linux\n   - on macOS\n\nSee [the list](https://example.org/list), and tell me.",
            MessageState.Received,
            TimeSpan.FromMinutes(-8)
        );
        Say(
            "bob",
            "In the end it was ||the **butler**||!\n> ```\n> var quoted = code;\n> ```",
            MessageState.Received,
            TimeSpan.FromMinutes(-7)
        );
        Say("alice", "- **mine**\n- another", MessageState.Delivered);
        _screen.Draw("- one\n- two, which is still being typed", 10);
    }

    /// <summary>A first session, for the picture in the documentation.</summary>
    public void Story()
    {
        Type("list");
        Answer(
            _tables.Peers(
                new([
                    Peer("alice", true, Relation.Ourselves),
                    Peer("bob", true, Relation.Connected, verified: true),
                    Peer("carol", true, Relation.Connected, verified: true),
                    Peer("dana", false, Relation.None),
                ])
            )
        );
        Type("chat bob");
        _screen.Prompt = "→ bob> ";
        _log.Notice("* bob: connected, verified. /exit leaves the conversation");
        Say("bob", "Have you seen the new build?", MessageState.Received, TimeSpan.FromHours(-20));
        Say("alice", "Not yet. Is it quicker?", MessageState.Read, TimeSpan.FromHours(-19.9));
        Say(
            "bob",
            "It was this line:\n```\nif (elapsed > timeout)\n    throw new TimeoutException();\n```\n"
                + "More at https://example.org/issues/42",
            MessageState.Received,
            TimeSpan.FromMinutes(-1)
        );
        var own = Say("alice", "Nice! Lunch at one? 🍜", MessageState.Sent);
        _time.Advance(TimeSpan.FromMinutes(2));
        Say("bob", "Yes, and I bring the tea", MessageState.Received);
        _log.Receipt("bob", own, MessageState.Read);
        Say("alice", "See you there", MessageState.Delivered);
        Brief("carol", "Does the train at 18:04 still run?", 2);
        _log.Notice("\e[33m* dana asks to connect (key 4FZ2K7Q). Use 'accept dana' or 'reject dana'\e[0m");
        _screen.Draw("On my w", 7);
    }

    public void Safety()
    {
        Type("safety bob");
        Answer(
            _tables.Safety(
                "bob",
                new(SafetyNumber.Of(Key("alice"), Key("bob")), SafetyNumber.QrText(Key("alice"), Key("bob")), false)
            )
        );
    }

    public void Invite()
    {
        Type("invite");
        const string Link =
            "http://192.168.178.20:5000/join#v1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4";
        var item = new InviteItem(
            "k7q2",
            InviteItemState.Open,
            1,
            0,
            Start,
            Start.AddDays(7),
            [],
            Link,
            new string('A', 154),
            true
        );
        Answer(_tables.Invite(item, TimeZoneInfo.Utc));
    }

    /// <summary>A peer that only the relay reaches.</summary>
    public void Doctor()
    {
        Type("doctor bob");
        Answer(
            _tables.Doctor(
                Conclusions
                    .Report(
                        new DoctorScene
                        {
                            Tcp = P2PChat.Node.Model.NatMapping.AddressAndPortDependent,
                            Attempts =
                            [
                                DoctorScene.Direct("10.0.0.7:8002", PathOutcome.NotOnThisNetwork),
                                DoctorScene.Direct("203.0.113.7:8002", PathOutcome.TimedOut),
                                .. DoctorScene.Punched(PathOutcome.TimedOut),
                                DoctorScene.Relayed(PathOutcome.Authenticated),
                            ],
                        }.Facts,
                        Start,
                        TimeSpan.FromSeconds(4)
                    )
                    .ToContract()
            )
        );
    }

    public void Tables()
    {
        Type("list");
        Answer(
            _tables.Peers(
                new([
                    Peer("bob", true, Relation.Connected, verified: true),
                    Peer("carol", true, Relation.Connected),
                    Peer("dana", true, Relation.RequestReceived),
                    Peer("a-very-long-username-of-32-chars", false, Relation.RequestSent),
                    Peer("alice", true, Relation.Ourselves),
                ])
            )
        );
        Type("contacts");
        Answer(
            _tables.Contacts(
                new([
                    new("bob", $"{Key("bob")}", "Bob from work", true, false, [], VerifiedBy.Comparison),
                    new("carol", $"{Key("carol")}", "山田花子", false, false, [$"{Key("other")}"]),
                    new("erin", $"{Key("erin")}", null, true, false, [], VerifiedBy.Invite, true),
                    new("frank", $"{Key("frank")}", null, false, true, []),
                ])
            )
        );
        Type("settings");
        Answer(
            _tables.Settings(
                new([
                    new(
                        "accept",
                        "ask",
                        false,
                        ["ask", "contacts", "all", "none"],
                        "whose requests are accepted without asking you"
                    ),
                    new("read-receipts", "off", true, ["on", "off"], "whether others learn what you have read"),
                ])
            )
        );
    }

    private static NumberedConversation Chat(int number, string name, int unread, bool isOpen) =>
        new(number, new ChatKey.Contact(Username.Parse(name)), name, unread, isOpen, ChatMarks.None);

    private static PeerId Key(string name) => PeerId.FromPublicKey(System.Text.Encoding.UTF8.GetBytes(name));

    private static PeerItem Peer(string name, bool online, Relation relation, bool verified = false) =>
        new(name, $"{Key(name)}", online, Start, relation, verified);

    private void Type(string line)
    {
        _screen.Draw(line, line.Length);
        _screen.Leave();
    }

    private void Answer(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            _screen.Print(line);
        }

        _screen.Draw("", 0);
    }

    private Guid Say(string from, string text, MessageState state, TimeSpan age = default)
    {
        var message = Message(from, text, state, age);
        _log.Message("bob", message);
        return message.Id;
    }

    private void Brief(string from, string text, int number) =>
        _log.Brief(Message(from, text, MessageState.Received, default), number);

    private MessageItem Message(string from, string text, MessageState state, TimeSpan age) =>
        new(
            new Guid(0x0199b3a0, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, (byte)++_messages),
            from,
            text,
            _time.GetUtcNow() + age,
            state
        );
}
