using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
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
    PromptStatus promptStatus,
    PeerOptions options,
    TimeProvider timeProvider
)
{
    /// <summary>How long the session waits for replies at the end of a script.</summary>
    private static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(2);

    /// <summary>How long the session waits for the directory's first answer before it starts without it.</summary>
    private static readonly TimeSpan FirstRegistrationTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CompletionTimeout = TimeSpan.FromSeconds(1);

    private readonly Ink _ink = Ink.For(options);
    private PromptScreen? _screen;
    private ITimer? _typingTimer;

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

        _screen = new PromptScreen(
            System.Console.Out,
            $"{options.Username.ToLowerInvariant()}> ",
            TerminalSize,
            _ink,
            width => promptStatus.Row.Draw(width, _ink)
        );
        // Turns the terminal's echo off. Otherwise, keys typed as the prompt appears would be shown twice.
        _ = System.Console.KeyAvailable;
        return new PromptConsole(
            _screen,
            () => System.Console.ReadKey(intercept: true),
            ListNamesAsync,
            promptStatus.OnKeyPressed,
            new PromptTyping(SetTyping, timeProvider).OnLineChanged,
            timeProvider
        );
    }

    /// <returns>
    /// False if the directory refused this peer at the start, and the peer has no history. The reason has been printed.
    /// </returns>
    public async Task<bool> RunAsync(ILineConsole console, string? apiAddress, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var typingTimer = _typingTimer = timeProvider.CreateTimer(
            _ => _screen?.Redraw(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
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
            var lines = new EventLines(_screen is null ? EventText.Show : apiEvent => EventInk.Show(apiEvent, _ink))
            {
                Directory = status.Directory.State,
            };
            var pump = new EventPump(apiEvent => OnEvent(console, lines, apiEvent));
            var pumping = pump.RunAsync(peer.ReadAllEventsAsync(ending.Token));
            var runner = new CommandRunner(
                new CommandContext
                {
                    Peer = peer,
                    Events = pump,
                    TimeProvider = timeProvider,
                    Print = console.Print,
                    PrintError = _screen is null ? console.Print : line => console.Print(_ink.Alarm(line)),
                    Waits = console.Waits,
                    Secrets = new SecretSource(console.ReadSecretAsync, IsTyped: !console.Waits),
                    Answers = _screen is null
                        ? new Answers()
                        : new TableAnswers(
                            TerminalSize,
                            _ink,
                            new MessageLines(
                                status.Username,
                                new PersonHues(contacts, statusService).Of,
                                _ink,
                                timeProvider
                            )
                        ),
                    Confirm = console is PromptConsole prompt ? prompt.ConfirmAsync : null,
                }
            );
            await console.RunAsync(command => runner.RunSafelyAsync(command, cancellationToken), cancellationToken);
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
        console.Print($"* you are {status.Username}, id {CommandText.Short(status.PeerId)}, at {status.Endpoint}");
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

    private void OnEvent(ILineConsole console, EventLines lines, ApiEvent apiEvent)
    {
        promptStatus.Apply(apiEvent);
        if (lines.Next(apiEvent) is { } line)
        {
            console.Print(line);
        }

        _screen?.Redraw();
        if (apiEvent is ApiEvent.Typing { Active: true })
        {
            _ = _typingTimer?.Change(PeerEvent.Typing.Lasts, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CompletionTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        return await KnownNames.OfAsync(peer, either.Token);
    }

    private void SetTyping(Username name, bool active)
    {
        try
        {
            presence.SetTyping(name, active);
        }
        catch (PeerException)
        {
            // Not a contact. Sending the message reports errors.
        }
    }

    private static (int Width, int Height) TerminalSize()
    {
        var (width, height) = (System.Console.WindowWidth, System.Console.WindowHeight);
        return width > 0 && height > 0 ? (width, height) : (80, 24);
    }
}
