using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using DirectoryState = P2PChat.Client.DirectoryState;

namespace P2PChat.Peer.Cli;

/// <summary>The session of a user or a script at the console, from the first line to the last command.</summary>
internal sealed class ConsoleSession(
    LocalPeer peer,
    StatusService statusService,
    MessageService messages,
    ContactService contacts,
    PresenceService presence,
    SettingsService settings,
    LocalChanges changes,
    PromptStatus promptStatus,
    ConversationBook book,
    ConversationAccess access,
    RoomChatFactory roomChats,
    IHostApplicationLifetime lifetime,
    PeerOptions options,
    TimeProvider timeProvider
)
{
    /// <summary>How long the session waits for replies at the end of a script.</summary>
    private static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(2);

    /// <summary>How long the session waits for the directory's first answer before it starts without it.</summary>
    private static readonly TimeSpan FirstRegistrationTimeout = TimeSpan.FromSeconds(5);

    private readonly Ink _ink = Ink.For(options);
    private PromptScreen? _screen;
    private TerminalSignals? _signals;
    private MessageLines? _lines;
    private ChatLog? _log;
    private ConversationView? _view;
    private RoomChat? _rooms;
    private ChatSwitch? _switch;

    /// <summary>Opens the console for the standard streams of this process.</summary>
    public ILineConsole Open(StreamsKind streams)
    {
        if (OperatingSystem.IsWindows())
        {
            System.Console.OutputEncoding = System.Text.Encoding.UTF8;
        }

        if (streams != StreamsKind.Terminal)
        {
            return new PipeConsole(new StreamReader(System.Console.OpenStandardInput()), System.Console.Out);
        }

        var self = statusService.Current.Name;
        _signals = new TerminalSignals(_ink, self.Value, timeProvider);
        _lines = new MessageLines(self.Value, new PersonHues(contacts, statusService).Of, _ink, timeProvider);
        _screen = new PromptScreen(
            System.Console.Out,
            $"{self}> ",
            TerminalSize,
            _ink,
            width => promptStatus.Row.Draw(width, _ink),
            _signals
        );
        _log = new ChatLog(_screen, _lines, timeProvider);
        _rooms = roomChats.Create(_log, _lines, _screen, _ink);
        _view = new ConversationView(book, access, messages, _log, _lines, _screen, _ink);
        var list = new ConversationList(book, access, _lines, _screen, _ink, timeProvider);
        _switch = new ChatSwitch(book, _view, _rooms, list, _log, _screen, _ink, timeProvider);
        // Turns the terminal's echo off. Otherwise, keys typed as the prompt appears would be shown twice.
        _ = System.Console.KeyAvailable;
        return new PromptConsole(
            _screen,
            () => System.Console.ReadKey(intercept: true),
            new PromptSession(
                self,
                peer,
                book,
                _switch,
                new ConversationLine(IsKnown),
                SetTyping,
                lifetime.StopApplication,
                _ink,
                timeProvider
            ),
            timeProvider
        );
    }

    /// <returns>
    /// False if the directory refused this peer at the start, and the peer has no history. The reason has been printed.
    /// </returns>
    public async Task<bool> RunAsync(ILineConsole console, string? apiAddress, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await WaitForDirectoryAsync(cancellationToken);
            var status = await peer.GetStatusAsync(cancellationToken);
            // With history, the console is useful even if the directory refuses this peer.
            if (status.Directory.State == DirectoryState.Refused && !messages.HasHistory)
            {
                await System.Console.Error.WriteLineAsync(
                    status.Directory.Detail ?? "The directory refused this peer."
                );
                return false;
            }

            PrintWelcome(console, status, apiAddress);
            var lines = new EventLines(_screen is null ? EventText.Show : ShowEvent)
            {
                Directory = status.Directory.State,
            };
            await using var events = Follow(lines);
            var pump = new EventPump(events is null ? apiEvent => Print(console, lines, apiEvent) : events.Show);
            var pumping = pump.RunAsync(peer.ReadAllEventsAsync(ending.Token));
            var runner = new CommandRunner(
                new CommandContext
                {
                    Peer = peer,
                    Events = pump,
                    TimeProvider = timeProvider,
                    Print = line => PrintAnswer(console, line),
                    PrintError = _screen is null ? console.Print : line => console.Print(_ink.Alarm(book.Advise(line))),
                    Waits = console.Waits,
                    Secrets = new SecretSource(console.ReadSecretAsync, IsTyped: !console.Waits),
                    Answers = _lines is null
                        ? new Answers()
                        : new TableAnswers(TerminalSize, _ink, _lines, book.Advise),
                    Confirm = console is PromptConsole prompt ? prompt.ConfirmAsync : null,
                }
            );
            await console.RunAsync((command, token) => RunAsync(runner, command, token), cancellationToken);
            if (console.Waits && statusService.Current.Links > 0)
            {
                await Task.Delay(ReplyTime, timeProvider, cancellationToken);
            }

            await ending.CancelAsync();
            await pumping;
        }
        catch (OperationCanceledException)
            when (cancellationToken.IsCancellationRequested || ending.IsCancellationRequested)
        {
            // The session ended: the user left, or a signal arrived.
        }

        return true;
    }

    private async Task WaitForDirectoryAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(FirstRegistrationTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await foreach (var apiEvent in peer.ReadAllEventsAsync(either.Token))
            {
                if (apiEvent is ApiEvent.DirectoryChanged { Directory.State: not DirectoryState.Registering })
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Start without the directory.
        }
    }

    private void PrintWelcome(ILineConsole console, StatusResponse status, string? apiAddress)
    {
        var place = status.Endpoint is { } endpoint ? $"at {endpoint}" : "address hidden";
        console.Print($"* you are {status.Username}, id {CommandText.Short(status.PeerId)}, {place}");
        console.Print(
            status.Directory.State == DirectoryState.Registered
                ? $"* registered in the directory at {options.Discovery}"
                : $"* {status.Directory.Detail ?? $"no answer yet from the directory at {options.Discovery}; retrying"}"
        );
        if (apiAddress is not null)
        {
            console.Print($"* the local API is at {apiAddress}");
        }

        console.Print("* 'help' lists the commands, 'exit' ends the peer");
    }

    // Events are shown with their time, answers without one.
    private void PrintAnswer(ILineConsole console, string line)
    {
        if (_log is { } log && line.StartsWith("* ", StringComparison.Ordinal))
        {
            log.Notice(book.Advise(line));
        }
        else
        {
            console.Print(line);
        }
    }

    private string? ShowEvent(ApiEvent apiEvent) =>
        EventInk.Show(apiEvent, _ink) is { } line ? book.Advise(line) : null;

    private static void Print(ILineConsole console, EventLines lines, ApiEvent apiEvent)
    {
        if (lines.Next(apiEvent) is { } line)
        {
            console.Print(line);
        }
    }

    private PromptEvents? Follow(EventLines lines) =>
        _screen is { } screen
        && _signals is { } signals
        && _log is { } log
        && _view is { } view
        && _rooms is { } rooms
        && _switch is { } chats
            ? new PromptEvents(
                screen,
                log,
                view,
                rooms,
                book,
                promptStatus,
                lines,
                changes,
                new PromptAlerts(screen, signals, book, chats, settings),
                timeProvider
            )
            : null;

    private async Task<CommandResult> RunAsync(
        CommandRunner runner,
        ConsoleCommand command,
        CancellationToken cancellationToken
    )
    {
        switch (command)
        {
            case ConsoleCommand.Say say when _switch is { } chats:
                return await chats.SayAsync(say);
            case ConsoleCommand.Chat
            or ConsoleCommand.ChatRoom
            or ConsoleCommand.ChatNumber
            or ConsoleCommand.Chats
            or ConsoleCommand.Leave when _switch is { } chats:
                return chats.Run(command);
            default:
                if (command is ConsoleCommand.Send { Name: var name })
                {
                    // Not afterwards: a reply that arrives during the send has not been read.
                    _view?.MarkAnswered(name);
                }

                var result = await runner.RunSafelyAsync(command, cancellationToken);
                if (result == CommandResult.Done)
                {
                    _switch?.Follow(command);
                }

                return result;
        }
    }

    private bool IsKnown(Username name) =>
        contacts.All.Any(contact => contact.Name == name) || book.All.Any(one => one.Chat == new ChatKey.Contact(name));

    private void SetTyping(ChatKey chat, bool active)
    {
        try
        {
            if (chat is ChatKey.Contact { Name: var name })
            {
                presence.SetTyping(name, active);
            }
            else
            {
                _rooms?.SetTyping((ChatKey.Room)chat, active);
            }
        }
        catch (PeerException)
        {
            // Not a contact or a member. Sending the message reports errors.
        }
    }

    private static (int Width, int Height) TerminalSize()
    {
        var (width, height) = (System.Console.WindowWidth, System.Console.WindowHeight);
        return width > 0 && height > 0 ? (width, height) : (80, 24);
    }
}
