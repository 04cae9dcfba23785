using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using DirectoryState = P2PChat.Client.DirectoryState;

namespace P2PChat.Peer.Cli;

/// <summary>A person, or a script, at a peer: from the first line printed to the last command.</summary>
internal sealed class ConsoleSession(
    LocalPeer peer,
    StatusService statusService,
    MessageService messages,
    PresenceService presence,
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
            var status = await peer.GetStatusAsync(cancellationToken);
            // A person with history may read it and write to connected contacts, whatever the directory says.
            if (status.Directory.State == DirectoryState.Refused && !messages.HasHistory)
            {
                await System.Console.Error.WriteLineAsync(
                    status.Directory.Detail ?? "The directory refuses this peer."
                );
                return false;
            }

            Welcome(console, status, apiAddress);
            var lines = new EventLines(_screen is null ? EventText.Show : apiEvent => EventInk.Show(apiEvent, _ink))
            {
                Directory = status.Directory.State,
            };
            var pump = new EventPump(apiEvent => Show(console, lines, apiEvent));
            var pumping = pump.RunAsync(peer.ReadAllEventsAsync(ending.Token));
            var runner = new CommandRunner(
                new CommandContext
                {
                    Peer = peer,
                    Events = pump,
                    TimeProvider = time,
                    Print = console.Print,
                    PrintError = _screen is null ? console.Print : line => console.Print(_ink.Alarm(line)),
                    Waits = console.Waits,
                    Secrets = new SecretSource(console.ReadSecretAsync, IsTyped: !console.Waits),
                    Answers = _screen is null ? new Answers() : new TableAnswers(() => TerminalSize().Width, _ink),
                    Confirm = console is PromptConsole prompt ? prompt.ConfirmAsync : null,
                }
            );
            await console.RunAsync(command => runner.RunSafelyAsync(command, cancellationToken), cancellationToken);
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
            // A directory that does not answer is no reason to keep a person out.
        }
    }

    private void Welcome(ILineConsole console, StatusResponse status, string? apiAddress)
    {
        console.Print($"* you are {status.Username}, id {CommandText.Short(status.PeerId)}, at {status.Endpoint}");
        console.Print(
            status.Directory.State == DirectoryState.Registered
                ? $"* the directory at {options.Discovery} has you on its list"
                : $"* {status.Directory.Detail ?? $"the directory at {options.Discovery} does not answer yet: trying on"}"
        );
        if (apiAddress is not null)
        {
            console.Print($"* the local API is at {apiAddress}");
        }

        console.Print("* 'help' shows the commands, 'exit' leaves");
    }

    private void Show(ILineConsole console, EventLines lines, ApiEvent apiEvent)
    {
        promptStatus.Apply(apiEvent);
        if (lines.Next(apiEvent) is { } line)
        {
            console.Print(line);
        }

        _screen?.Redraw();
        if (apiEvent is ApiEvent.Typing { Active: true })
        {
            _ = _typingOver?.Change(PeerEvent.Typing.Lasts, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken)
    {
        using var timeUp = new CancellationTokenSource(CompletionTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        return await KnownNames.OfAsync(peer, either.Token);
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
