using System.Threading.Channels;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CommandRunnerTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly ManualClock _clock = new();
    private readonly Channel<PeerEvent> _events = Channel.CreateUnbounded<PeerEvent>();
    private readonly List<string> _printed = [];
    private readonly ScriptedPeer _peer = new();

    [Fact]
    public async Task A_message_that_is_not_confirmed_before_the_link_ends_is_told()
    {
        var sending = RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true);

        _events.Writer.TryWrite(new PeerEvent.Receipt(Bob, Guid.NewGuid(), MessageState.Delivered));
        _events.Writer.TryWrite(new PeerEvent.Disconnected(Carol, DisconnectReason.ConnectionLost));
        _events.Writer.TryWrite(new PeerEvent.Disconnected(Bob, DisconnectReason.ConnectionLost));

        Assert.Equal(CommandResult.Done, await sending);
        Assert.Equal(
            ["* the connection ended before bob confirmed the message. It is kept, and sent again automatically"],
            _printed
        );
    }

    [Theory]
    [InlineData(true, SendRoute.Mailbox, ", and goes to bob's mailbox unless you connect first")]
    [InlineData(false, SendRoute.Mailbox, ", and goes to bob's mailbox unless you connect first")]
    [InlineData(true, SendRoute.Queue, " until you are")]
    public async Task Send_to_a_disconnected_contact_returns_at_once(bool waits, SendRoute route, string says)
    {
        _peer.Route = route;
        var sending = RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits);
        await Eventually.True(
            () => sending.IsCompleted || _clock.Waiting.Count > 0,
            PeerUnderTest.Soon,
            "a script waits for a moment"
        );
        _clock.Advance(CommandTimeouts.Default.Glance);
        Assert.Equal(CommandResult.Done, await sending);
        Assert.Equal([$"* you are not connected to bob: the message is queued{says}"], _printed);
    }

    [Fact]
    public async Task Message_that_a_silent_link_does_not_confirm_is_kept()
    {
        var sending = RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");
        _clock.Advance(CommandTimeouts.Default.Other);

        Assert.Equal(CommandResult.Done, await sending);
        Assert.Equal(
            ["* bob has not confirmed the message yet. It is kept, and sent again until it is confirmed"],
            _printed
        );
    }

    [Fact]
    public async Task A_receipt_that_comes_before_the_send_returns_is_not_missed()
    {
        _peer.BeforeSent = () =>
            _events.Writer.TryWrite(new PeerEvent.Receipt(Bob, _peer.MessageId, MessageState.Delivered));

        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true));
    }

    [Fact]
    public async Task A_script_does_not_wait_for_ever()
    {
        var connecting = RunAsync(new ConsoleCommand.Connect(Bob), waits: true);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");

        _clock.Advance(CommandTimeouts.Default.Connect);

        Assert.Equal(CommandResult.Failed, await connecting);
        Assert.Equal(["Nothing is known of the connection to bob yet: 'list' will show it."], _printed);
    }

    [Fact]
    public async Task A_person_waits_for_a_glance_only()
    {
        var connecting = RunAsync(new ConsoleCommand.Connect(Bob), waits: false);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");

        _clock.Advance(CommandTimeouts.Default.Glance);

        Assert.Equal(CommandResult.Done, await connecting);
        Assert.Equal(["* waiting for bob: the answer will show here"], _printed);
    }

    [Fact]
    public async Task A_refusal_is_one_sentence()
    {
        _peer.Refusal = new PeerException(PeerError.NoRequest, "carol has not asked\nyou.");

        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Accept(Carol), waits: true));
        Assert.Equal(["carol has not asked␊you."], _printed);
    }

    [Fact]
    public async Task Web_prints_the_link_and_nothing_else()
    {
        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Web(), waits: true));

        Assert.Equal(["http://alice.localhost:1/login?code=c"], _printed);
    }

    [Fact]
    public async Task A_safety_number_that_differs_fails_loudly()
    {
        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Verify(Bob, "the same"), waits: true));
        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Verify(Bob, "another"), waits: true));
        Assert.Equal(
            ["The same", "THEY DIFFER"],
            _printed.Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)])
        );
    }

    [Theory]
    [InlineData("correct horse", "correct horse", true, null)]
    [InlineData("correct horse", "correct house", true, "The two are not the same: nothing was written, begin again.")]
    [InlineData("correct horse", null, false, null)]
    [InlineData(
        "short",
        "short",
        true,
        "A passphrase has 8 to 1024 characters: give several words that nobody could guess."
    )]
    [InlineData(
        null,
        null,
        false,
        "A passphrase has 8 to 1024 characters: give several words that nobody could guess."
    )]
    public async Task A_passphrase_that_is_typed_unseen_is_asked_for_twice(
        string? first,
        string? second,
        bool isTyped,
        string? refusal
    )
    {
        var answers = new Queue<string?>([first, second]);
        var secrets = new SecretSource((_, _) => Task.FromResult(answers.Dequeue()), isTyped);

        var result = await RunAsync(
            new ConsoleCommand.Backup("there", Force: true, PassphraseFile: null),
            waits: true,
            secrets
        );

        Assert.Equal(refusal is null ? CommandResult.Done : CommandResult.Failed, result);
        Assert.Equal(refusal is null ? [(Path.GetFullPath("there"), first!, true)] : [], _peer.Backups);
        if (refusal is not null)
        {
            Assert.Equal([refusal], _printed);
        }
    }

    [Fact]
    public async Task A_fault_of_a_command_is_told_and_ends_nothing_else()
    {
        Assert.Equal(
            CommandResult.Failed,
            await NewRunner(waits: false).RunOrTellAsync(new ConsoleCommand.Contacts(), CancellationToken.None)
        );

        Assert.Equal(
            [
                "That could not be done, by a fault of this program (NotSupportedException): it runs on, and whoever makes it would like to hear of it.",
            ],
            _printed
        );
    }

    [Theory]
    [InlineData("delete bob all", true, "12 messages with bob are deleted on this side. bob keeps a copy.")]
    [InlineData("delete bob all", false, "Nothing was deleted.")]
    [InlineData(
        "delete bob all",
        null,
        "Nothing was deleted. To delete all messages with bob, use 'delete --force bob all'."
    )]
    [InlineData("delete --force bob all", null, "12 messages with bob are deleted on this side. bob keeps a copy.")]
    [InlineData("delete --force bob all", false, "12 messages with bob are deleted on this side. bob keeps a copy.")]
    [InlineData(
        "delete bob 0190f8a2-b3c4-7d5e-8f00-112233445501",
        null,
        "The message is deleted on this side. bob keeps a copy."
    )]
    public async Task Deleting_all_messages_needs_confirmation(string line, bool? confirmed, string answer)
    {
        var runner = NewRunner(
            waits: confirmed is null,
            confirm: confirmed is { } sure ? (_, _) => Task.FromResult(sure) : null
        );

        var result = await runner.RunAsync(CommandParser.Parse(line)!, CancellationToken.None);

        Assert.Equal([answer], _printed);
        var isDone = answer.Contains(" deleted on this side", StringComparison.Ordinal);
        Assert.Equal(isDone ? CommandResult.Done : CommandResult.Failed, result);
        Assert.Equal(isDone ? 1 : 0, _peer.Deleted.Count);
    }

    private CommandRunner NewRunner(
        bool waits,
        SecretSource? secrets = null,
        Func<string, CancellationToken, Task<bool>>? confirm = null
    )
    {
        var pump = new EventPump(_ => { });
        _ = pump.RunAsync(_events.Reader.ReadAllAsync());
        return new CommandRunner(
            _peer,
            pump,
            CommandTimeouts.Default,
            _clock,
            _printed.Add,
            _printed.Add,
            waits,
            secrets,
            confirm: confirm
        );
    }

    private async Task<CommandResult> RunAsync(ConsoleCommand command, bool waits, SecretSource? secrets = null)
    {
        var runner = NewRunner(waits, secrets);
        return await runner.RunAsync(command, CancellationToken.None).WaitAsync(PeerUnderTest.Soon);
    }

    private sealed class ScriptedPeer : IPeerControl
    {
        public Guid MessageId { get; } = Guid.NewGuid();

        public Action BeforeSent { get; set; } = () => { };

        public PeerException? Refusal { get; set; }

        public Task ConnectAsync(Username name, CancellationToken cancellationToken) => DoAsync();

        public Task AcceptAsync(Username name, CancellationToken cancellationToken) => DoAsync();

        public Task RejectAsync(Username name, CancellationToken cancellationToken) => DoAsync();

        public Task DisconnectAsync(Username name, CancellationToken cancellationToken) => DoAsync();

        public async Task<AcceptedKey> TrustAsync(Username name, string? key, CancellationToken cancellationToken)
        {
            await DoAsync();
            return new AcceptedKey(default, "");
        }

        public SendRoute Route { get; set; } = SendRoute.Link;

        public async Task<SentMessage> SendAsync(Username name, string text, CancellationToken cancellationToken)
        {
            await DoAsync();
            BeforeSent();
            return new SentMessage(MessageId, Route);
        }

        public List<(string Path, string Passphrase, bool Force)> Backups { get; } = [];

        public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken)
        {
            Backups.Add((path, passphrase, force));
            return Task.CompletedTask;
        }

        public Task<bool> VerifyAsync(Username name, string digits, CancellationToken cancellationToken) =>
            Task.FromResult(digits == "the same");

        public Task<IReadOnlyList<Contact>> ListContactsAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task SetNicknameAsync(Username name, string? nickname, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task BlockAsync(Username name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task UnblockAsync(Username name, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<Safety> GetSafetyAsync(Username name, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<Setting>> ListSettingsAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task SetAsync(string name, string? value, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PeerRequest>> ListRequestsAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new SignInLink(new Uri("http://alice.localhost:1/login?code=c"), DateTimeOffset.UnixEpoch));

        public Task<MessagePage> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<SearchPage> SearchAsync(string words, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task ExportAsync(Username name, Stream output, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public List<Guid?> Deleted { get; } = [];

        public Task<int> DeleteAsync(Username name, Guid? id, CancellationToken cancellationToken)
        {
            Deleted.Add(id);
            return Task.FromResult(id is null ? 12 : 1);
        }

        private Task DoAsync() => Refusal is null ? Task.CompletedTask : Task.FromException(Refusal);
    }
}
