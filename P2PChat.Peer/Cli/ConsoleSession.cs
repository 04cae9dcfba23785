using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>A person, or a script, at a peer: from the first line printed to the last command.</summary>
internal sealed class ConsoleSession(
    StatusService statusService,
    MessageService messages,
    PresenceService presence,
    EventLog events,
    NodeControl control,
    PromptStatus promptStatus,
    PeerOptions options,
    TimeProvider time
)
{
    /// <summary>How long a script that is done waits for replies to what it sent.</summary>
    private static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(2);

    /// <summary>How long the first answer of the directory may take before the person is let in without it.</summary>
    private static readonly TimeSpan FirstRegistration = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CompletionTime = TimeSpan.FromSeconds(1);

    private readonly Ink _ink = Ink.For(options);
    private PromptScreen? _screen;
    private ITimer? _typingOver;

    /// <summary>The console for the streams of this process.</summary>
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
        // Asking turns the terminal's own echo off: what is typed the moment the prompt shows would stand there twice.
        _ = System.Console.KeyAvailable;
        return new PromptConsole(
            _screen,
            () => System.Console.ReadKey(intercept: true),
            ListNamesAsync,
            promptStatus.KeyPressed,
            new PromptTyping(TellTyping, time).LineIs,
            time
        );
    }

    /// <returns>
    /// False if the directory refused this peer at the start and the peer has no history. The reason was printed.
    /// </returns>
    public async Task<bool> RunAsync(ILineConsole console, string? apiAddress, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var typingOver = _typingOver = time.CreateTimer(
            _ => _screen?.Redraw(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            await WaitForDirectoryAsync(cancellationToken);
            var status = statusService.Current;
            // A person with history may read it and write to connected contacts, whatever the directory says.
            if (status.Directory == DirectoryState.Refused && !messages.HasHistory)
            {
                await System.Console.Error.WriteLineAsync(status.DirectoryDetail ?? "The directory refuses this peer.");
                return false;
            }

            Welcome(console, status, apiAddress);
            var lines = new EventLines(_screen is null ? EventText.Show : @event => EventInk.Show(@event, _ink))
            {
                Directory = status.Directory,
            };
            var pump = new EventPump(@event => Show(console, lines, @event));
            var pumping = pump.RunAsync(NodeEvents.ReadAsync(events, after: 0, () => Missed(console), ending.Token));
            var runner = new CommandRunner(
                control,
                pump,
                CommandTimeouts.Default,
                time,
                console.Print,
                _screen is null ? console.Print : line => console.Print(_ink.Alarm(line)),
                console.Waits,
                new SecretSource(console.ReadSecretAsync, IsTyped: !console.Waits),
                _screen is null ? new Answers() : new TableAnswers(() => TerminalSize().Width, _ink),
                console is PromptConsole prompt ? prompt.ConfirmAsync : null
            );
            await console.RunAsync(command => runner.RunOrTellAsync(command, cancellationToken), cancellationToken);
            if (console.Waits && statusService.Current.Links > 0)
            {
                await Task.Delay(ReplyTime, time, cancellationToken);
            }

            await ending.CancelAsync();
            await pumping;
        }
        catch (OperationCanceledException)
            when (cancellationToken.IsCancellationRequested || ending.IsCancellationRequested)
        {
            // The end that was asked for: by the person's exit, or by a signal.
        }

        return true;
    }

    private async Task WaitForDirectoryAsync(CancellationToken cancellationToken)
    {
        using var timeUp = new CancellationTokenSource(FirstRegistration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        try
        {
            await foreach (var @event in NodeEvents.ReadAsync(events, after: 0, () => { }, either.Token))
            {
                if (@event is PeerEvent.DirectoryChanged { State: not DirectoryState.Registering })
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A directory that does not answer is no reason to keep a person out.
        }
    }

    private void Welcome(ILineConsole console, PeerStatus status, string? apiAddress)
    {
        console.Print($"* you are {status.Name}, id {status.PeerId.Short}, at {status.Endpoint}");
        console.Print(
            status.Directory == DirectoryState.Registered
                ? $"* the directory at {options.Discovery} has you on its list"
                : $"* {status.DirectoryDetail ?? $"the directory at {options.Discovery} does not answer yet: trying on"}"
        );
        if (apiAddress is not null)
        {
            console.Print($"* the local API is at {apiAddress}");
        }

        console.Print("* 'help' shows the commands, 'exit' leaves");
    }

    private void Show(ILineConsole console, EventLines lines, PeerEvent @event)
    {
        promptStatus.Apply(@event);
        if (lines.Next(@event) is { } line)
        {
            console.Print(line);
        }

        _screen?.Redraw();
        if (@event is PeerEvent.Typing { Active: true })
        {
            _ = _typingOver?.Change(PeerEvent.Typing.Lasts, Timeout.InfiniteTimeSpan);
        }
    }

    private static void Missed(ILineConsole console) =>
        console.Print("* too much happened at once to show it all: 'history' has the messages");

    private async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken)
    {
        using var timeUp = new CancellationTokenSource(CompletionTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        return await KnownNames.OfAsync(control, either.Token);
    }

    private void TellTyping(Username name, bool active)
    {
        try
        {
            presence.SetTyping(name, active);
        }
        catch (PeerException)
        {
            // Whom nobody has talked to yet need not know; what is wrong with the name is told when the line is sent.
        }
    }

    private static (int Width, int Height) TerminalSize()
    {
        var (width, height) = (System.Console.WindowWidth, System.Console.WindowHeight);
        return width > 0 && height > 0 ? (width, height) : (80, 24);
    }
}
