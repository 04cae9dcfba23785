using System.Threading.Channels;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using PeerError = P2PChat.Node.Model.PeerError;
using PeerException = P2PChat.Node.Model.PeerException;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CommandRunnerTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly ManualClock _clock = new();
    private readonly Channel<ApiEvent> _events = Channel.CreateUnbounded<ApiEvent>();
    private readonly List<string> _printed = [];
    private readonly List<string> _errors = [];
    private readonly ScriptedPeer _peer = new();

    [Fact]
    public async Task Send_reports_a_connection_that_ends_before_the_receipt()
    {
        var sending = RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true);

        _events.Writer.TryWrite(new ApiEvent.Receipt("bob", Guid.NewGuid(), MessageState.Delivered));
        _events.Writer.TryWrite(new ApiEvent.Disconnected("carol", DisconnectReason.ConnectionLost));
        _events.Writer.TryWrite(new ApiEvent.Disconnected("bob", DisconnectReason.ConnectionLost));

        Assert.Equal(CommandResult.Done, await sending);
        Assert.Contains("the connection ended", Assert.Single(_printed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, SendRoute.Mailbox)]
    [InlineData(false, SendRoute.Mailbox)]
    [InlineData(true, SendRoute.Queue)]
    public async Task Send_to_a_disconnected_contact_returns_at_once(bool waits, SendRoute route)
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
        var line = Assert.Single(_printed);
        Assert.StartsWith("* you are not connected to bob", line, StringComparison.Ordinal);
        Assert.Equal(route == SendRoute.Mailbox, line.Contains("mailbox", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Send_over_a_silent_link_returns_after_a_timeout()
    {
        var sending = RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");
        _clock.Advance(CommandTimeouts.Default.Other);

        Assert.Equal(CommandResult.Done, await sending);
        Assert.Contains("bob has not confirmed", Assert.Single(_printed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_sees_a_receipt_that_arrives_before_the_call_returns()
    {
        _peer.BeforeSent = () =>
            _events.Writer.TryWrite(new ApiEvent.Receipt("bob", _peer.MessageId, MessageState.Delivered));

        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Send(Bob, "hi"), waits: true));
        Assert.Empty(_printed);
    }

    [Theory]
    [InlineData(true, "Not all messages could be read from the peer, and nothing was exported. Try again.")]
    [InlineData(false, "Bob is not known.")]
    public async Task Export_that_cannot_be_read_leaves_no_file(bool isBroken, string expected)
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "bob.jsonl");
        _peer.Refusal = isBroken
            ? new IOException("The connection was reset.")
            : new PeerException(PeerError.UnknownRoom, "Bob is not known.");

        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Export(Bob, file), waits: true));

        Assert.Equal(expected, Assert.Single(_errors));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Connect_of_a_script_fails_after_a_timeout()
    {
        var connecting = RunAsync(new ConsoleCommand.Connect(Bob), waits: true);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");

        _clock.Advance(CommandTimeouts.Default.Connect);

        Assert.Equal(CommandResult.Failed, await connecting);
        Assert.Contains("bob", Assert.Single(_errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_at_a_prompt_returns_after_a_short_wait()
    {
        var connecting = RunAsync(new ConsoleCommand.Connect(Bob), waits: false);
        await Eventually.True(() => _clock.Waiting.Count > 0, PeerUnderTest.Soon, "the command waits");

        _clock.Advance(CommandTimeouts.Default.Glance);

        Assert.Equal(CommandResult.Done, await connecting);
        Assert.Contains("bob", Assert.Single(_printed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_is_printed_as_one_line()
    {
        _peer.Refusal = new PeerException(PeerError.NoRequest, "carol has not asked\nyou.");

        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Accept(Carol), waits: true));
        Assert.Equal(["carol has not asked␊you."], _errors);
    }

    [Fact]
    public async Task Refusal_of_a_remote_peer_is_printed_too()
    {
        _peer.Refusal = new PeerApiException("carol has not asked you.");

        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Accept(Carol), waits: true));
        Assert.Equal(["carol has not asked you."], _errors);
    }

    [Fact]
    public async Task Web_prints_only_the_link()
    {
        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Web(), waits: true));

        Assert.Equal(["http://alice.localhost:1/login?code=c"], _printed);
    }

    [Fact]
    public async Task Different_safety_number_fails_loudly()
    {
        Assert.Equal(CommandResult.Done, await RunAsync(new ConsoleCommand.Verify(Bob, "the same"), waits: true));
        Assert.Contains("match", Assert.Single(_printed), StringComparison.Ordinal);

        Assert.Equal(CommandResult.Failed, await RunAsync(new ConsoleCommand.Verify(Bob, "another"), waits: true));
        Assert.Contains("DO NOT MATCH", Assert.Single(_errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("correct horse", "correct horse", true, true)]
    [InlineData("correct horse", "correct house", true, false)]
    [InlineData("correct horse", null, false, true)]
    [InlineData("short", "short", true, false)]
    [InlineData(null, null, false, false)]
    public async Task Typed_passphrase_is_asked_for_twice(string? first, string? second, bool isTyped, bool isDone)
    {
        var answers = new Queue<string?>([first, second]);
        var secrets = new SecretSource((_, _) => Task.FromResult(answers.Dequeue()), isTyped);

        var result = await RunAsync(
            new ConsoleCommand.Backup("there", Force: true, PassphraseFile: null),
            waits: true,
            secrets
        );

        Assert.Equal(isDone ? CommandResult.Done : CommandResult.Failed, result);
        Assert.Equal(isDone ? [new BackupRequest(Path.GetFullPath("there"), first!, Force: true)] : [], _peer.Backups);
        Assert.Equal(isDone ? 0 : 1, _errors.Count);
    }

    [Fact]
    public async Task Bug_in_a_command_is_reported_and_does_not_end_the_process()
    {
        Assert.Equal(
            CommandResult.Failed,
            await NewRunner(waits: false).RunSafelyAsync(new ConsoleCommand.Status(), CancellationToken.None)
        );

        Assert.Contains(nameof(NotSupportedException), Assert.Single(_errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete bob all", true, true)]
    [InlineData("delete bob all", false, false)]
    [InlineData("delete bob all", null, false)]
    [InlineData("delete --force bob all", null, true)]
    [InlineData("delete --force bob all", false, true)]
    [InlineData("delete bob 0190f8a2-b3c4-7d5e-8f00-112233445501", null, true)]
    public async Task Deleting_all_messages_needs_confirmation(string line, bool? confirmed, bool isDone)
    {
        var runner = NewRunner(
            waits: confirmed is null,
            confirm: confirmed is { } sure ? (_, _) => Task.FromResult(sure) : null
        );

        var result = await runner.RunAsync(CommandParser.Parse(line)!, CancellationToken.None);

        _ = Assert.Single(_printed.Concat(_errors));
        Assert.Equal(isDone ? CommandResult.Done : CommandResult.Failed, result);
        Assert.Equal(isDone ? 1 : 0, _peer.Deletions);
    }

    [Fact]
    public async Task Number_of_a_file_is_that_of_the_last_list()
    {
        var runner = NewRunner(waits: false);
        var (listed, later) = (NewFile("bob", yours: false), NewFile("carol", yours: false));
        _peer.Files = [listed];
        await RunLineAsync("files");
        _peer.Files = [later, listed];

        Assert.Equal(CommandResult.Done, await RunLineAsync("accept-file 1"));
        await RunLineAsync("files");
        Assert.Equal(CommandResult.Done, await RunLineAsync("accept-file 1"));

        Assert.Equal([(listed.Id, false), (later.Id, false)], _peer.Accepted);

        Task<CommandResult> RunLineAsync(string line) =>
            runner.RunAsync(CommandParser.Parse(line)!, CancellationToken.None);
    }

    [Fact]
    public async Task Id_of_two_files_is_refused()
    {
        var runner = NewRunner(waits: false);
        var ours = NewFile("bob", yours: true);
        _peer.Files = [ours with { Yours = false }, ours];

        var command = CommandParser.Parse($"accept-file {ours.Id}")!;
        Assert.Equal(CommandResult.Failed, await runner.RunAsync(command, CancellationToken.None));

        Assert.Equal("Several files have this id. Run 'files', then give the number.", Assert.Single(_errors));
        Assert.Empty(_peer.Accepted);
    }

    private static FileItem NewFile(string username, bool yours) =>
        new(Guid.NewGuid(), username, yours, "a", Size: 1, "text/plain", FileState.Offered, Done: 0);

    private CommandRunner NewRunner(
        bool waits,
        SecretSource? secrets = null,
        Func<string, CancellationToken, Task<bool>>? confirm = null
    )
    {
        var pump = new EventPump(_ => { });
        _ = pump.RunAsync(_events.Reader.ReadAllAsync());
        return new CommandRunner(
            new CommandContext
            {
                Peer = _peer,
                Events = pump,
                TimeProvider = _clock,
                Print = _printed.Add,
                PrintError = _errors.Add,
                Waits = waits,
                Secrets = secrets,
                Confirm = confirm,
            }
        );
    }

    private async Task<CommandResult> RunAsync(ConsoleCommand command, bool waits, SecretSource? secrets = null)
    {
        var runner = NewRunner(waits, secrets);
        return await runner.RunAsync(command, CancellationToken.None).WaitAsync(PeerUnderTest.Soon);
    }
}
