using System.Runtime.InteropServices;
using P2PChat.Node.Backup;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A console with a prompt: the user edits a line while messages appear above it.</summary>
/// <param name="listNames">Lists the usernames for completion.</param>
/// <param name="onKeyPressed">Called after each key, or once for keys that arrived together.</param>
/// <param name="onLineChanged">Receives the line after them.</param>
public sealed class PromptConsole(
    PromptScreen screen,
    Func<ConsoleKeyInfo> readKey,
    Func<CancellationToken, Task<IReadOnlyList<string>>> listNames,
    Action onKeyPressed,
    Action<string> onLineChanged,
    TimeProvider timeProvider
) : ILineConsole
{
    private readonly LineEditor _editor = new();
    private KeyInput? _keys;

    public bool Waits => false;

    public void Print(string line) => screen.Print(line);

    public async Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken)
    {
        screen.Print(question.TrimEnd());
        var hidden = new HiddenLine();
        while (_keys is { Inputs: var inputs } && await inputs.WaitToReadAsync(cancellationToken))
        {
            while (inputs.TryRead(out var input))
            {
                if (
                    input.Paste is null
                        ? hidden.Press(input.Key)
                        : input.Paste.Any(c => hidden.Press(new ConsoleKeyInfo(c, 0, false, false, false)))
                )
                {
                    return hidden.Text;
                }
            }
        }

        return null;
    }

    /// <summary>Asks before an action that cannot be undone. Only a key pressed after the question counts.</summary>
    public async Task<bool> ConfirmAsync(string question, CancellationToken cancellationToken)
    {
        screen.Print($"{question} Press y for yes, any other key for no.");
        return _keys is { } keys
            && await keys.AnswerAsync(cancellationToken) is { Paste: null, Key.KeyChar: 'y' or 'Y' };
    }

    public async Task RunAsync(Func<ConsoleCommand, Task<CommandResult>> run, CancellationToken cancellationToken)
    {
        using var resized = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => screen.Redraw());
        using var suspended = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Suspend);
        using var resumed = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => screen.Resume());
        var keys = _keys = new KeyInput(readKey, timeProvider);
        keys.Start();
        screen.Begin();
        screen.Draw("", 0);
        try
        {
            while (await keys.Inputs.WaitToReadAsync(cancellationToken))
            {
                onKeyPressed();
                while (keys.Inputs.TryRead(out var input))
                {
                    if (!await TakeAsync(input, run, cancellationToken))
                    {
                        return;
                    }
                }

                // Draw keys that arrived together only once.
                screen.Draw(_editor.Text, _editor.Cursor);
                onLineChanged(_editor.Text);
            }
        }
        finally
        {
            screen.Leave();
            screen.End();
        }
    }

    private void Suspend(PosixSignalContext signal)
    {
        signal.Cancel = true;
        screen.Suspend();
        JobControl.Stop();
    }

    private Task<bool> TakeAsync(
        TypedInput input,
        Func<ConsoleCommand, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        if (input.Paste is not { } paste)
        {
            return PressAsync(input.Key, run, cancellationToken);
        }

        if (input.IsTooLong)
        {
            screen.Print("The pasted text is too long for a message, and was dropped. Paste it in parts.");
        }

        _editor.Insert(paste);
        return Task.FromResult(true);
    }

    private async Task<bool> PressAsync(
        ConsoleKeyInfo key,
        Func<ConsoleCommand, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        switch (_editor.Press(key))
        {
            case KeyOutcome.Ended:
                return false;
            case KeyOutcome.Completion:
                await CompleteAsync(cancellationToken);
                break;
            case KeyOutcome.Submitted:
                return await SubmitAsync(run);
        }

        return true;
    }

    private async Task<bool> SubmitAsync(Func<ConsoleCommand, Task<CommandResult>> run)
    {
        var command = CommandParser.Parse(_editor.Text);
        if (_editor.Text.Contains('\n') && command is not ConsoleCommand.Send)
        {
            // Run none of the lines, and keep the text.
            screen.Print(
                "Several lines can only be sent as one message. Type 'send <username>' before them, or press Ctrl-U to "
                    + "delete them."
            );
            _ = _editor.Press(new ConsoleKeyInfo('\0', ConsoleKey.Home, false, false, false));
            return true;
        }

        screen.Draw(_editor.Text, _editor.Text.Length);
        screen.Leave();
        _ = _editor.TakeLine();
        return command is null || await run(command) != CommandResult.Exit;
    }

    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var before = _editor.Text[.._editor.Cursor];
        var completion = Completion.Find(before, before.Contains(' ') ? await listNames(cancellationToken) : []);
        if (completion.Insert.Length > 0)
        {
            _editor.Insert(completion.Insert);
        }
        else if (completion.Candidates.Count > 0)
        {
            screen.Print(string.Join("  ", completion.Candidates));
        }
    }
}
