using System.Runtime.InteropServices;
using P2PChat.Node.Backup;
using P2PChat.Peer.Cli.Conversations;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A console with a prompt: the user edits a line while messages appear above it.</summary>
public sealed class PromptConsole(
    PromptScreen screen,
    Func<ConsoleKeyInfo> readKey,
    IPromptSession session,
    TimeProvider timeProvider
) : ILineConsole
{
    private const string SeveralLines =
        "Only 'send', 'reply' and 'edit' take several lines. Join the lines, or press Ctrl-C to clear them.";

    private readonly LineEditor _editor = new();
    private readonly PromptDrafts _drafts = new();
    private readonly DoubleCtrlC _ctrlC = new(timeProvider);
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

    public async Task RunAsync(
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
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
        JobControl.DeliverCtrlCAsKey(true);
        var keys = _keys = new KeyInput(readKey, timeProvider);
        keys.Start();
        screen.Begin();
        Draw();
        try
        {
            while (await keys.Inputs.WaitToReadAsync(cancellationToken))
            {
                session.OnKeyPressed();
                while (keys.Inputs.TryRead(out var input))
                {
                    if (!await TakeAsync(input, run, cancellationToken))
                    {
                        return;
                    }
                }

                // Draw keys that arrived together only once.
                Draw();
                session.OnLineChanged(_editor.SearchPrompt is null ? _editor.Text : "");
            }
        }
        finally
        {
            screen.Leave();
            screen.End();
            JobControl.DeliverCtrlCAsKey(false);
        }
    }

    private void Suspend(PosixSignalContext signal)
    {
        signal.Cancel = true;
        screen.Suspend();
        JobControl.Stop();
    }

    private void Draw()
    {
        screen.Prompt = _editor.SearchPrompt ?? session.Prompt;
        screen.Draw(_editor.Text, _editor.Cursor);
    }

    private async Task<bool> TakeAsync(
        TypedInput input,
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        var isOpen = true;
        if (input.Paste is { } paste)
        {
            if (input.IsTooLong)
            {
                screen.Print("The pasted text is too long for a message, and was dropped. Paste it in parts.");
            }

            _editor.Insert(paste);
        }
        else if (!TrySwitch(input.Key))
        {
            isOpen = await PressAsync(input.Key, run, cancellationToken);
        }

        if (_drafts.Follow(session.Open, _editor.Text) is { } draft)
        {
            _editor.Replace(draft);
        }

        return isOpen;
    }

    // Alt with 1 to 9, or A.
    private bool TrySwitch(ConsoleKeyInfo key)
    {
        if (!key.Modifiers.HasFlag(ConsoleModifiers.Alt) || key.Modifiers.HasFlag(ConsoleModifiers.Control))
        {
            return false;
        }

        switch (key.KeyChar)
        {
            case >= '1' and <= '9':
                session.OpenNumber(key.KeyChar - '0');
                return true;
            case 'a' or 'A':
                session.OpenNextUnread();
                return true;
            default:
                return false;
        }
    }

    private async Task<bool> PressAsync(
        ConsoleKeyInfo key,
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        if (key is { Key: ConsoleKey.L, Modifiers: ConsoleModifiers.Control })
        {
            screen.ClearAll();
            return true;
        }

        var outcome = _editor.Press(key);
        if (outcome == KeyOutcome.Interrupted)
        {
            return !IsQuitting();
        }

        _ctrlC.Reset();
        switch (outcome)
        {
            case KeyOutcome.Ended when session.Open is null:
                return false;
            case KeyOutcome.Ended:
                session.Leave();
                break;
            case KeyOutcome.Completion:
                await CompleteAsync(cancellationToken);
                break;
            case KeyOutcome.Submitted:
                return await SubmitAsync(run, cancellationToken);
        }

        return true;
    }

    private bool IsQuitting()
    {
        if (_ctrlC.Press())
        {
            return true;
        }

        screen.Print(
            session.Open switch
            {
                null => "Press Ctrl-C again to quit.",
                ChatKey.Room => "Press Ctrl-C again to quit, or Ctrl-D to close the room.",
                _ => "Press Ctrl-C again to quit, or Ctrl-D to leave the conversation.",
            }
        );
        return false;
    }

    private async Task<bool> SubmitAsync(
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        var text = _editor.Text;
        var command = session.Parse(text);
        if (text.Trim('\n').Contains('\n') && !ConversationLine.TakesLines(command))
        {
            // Run none of the lines, and keep the text.
            screen.Print(SeveralLines);
            _editor.GoToStart();
            return true;
        }

        if (command is null && session.Open is not null)
        {
            return true;
        }

        _ = _editor.TakeLine();
        if (command is not ConsoleCommand.Say)
        {
            screen.Draw(text, text.Length);
            screen.Leave();
            return command is null || await RunAsync(command, run, cancellationToken) != CommandResult.Exit;
        }

        // The message takes the place of the line.
        screen.Draw("", 0);
        if (await RunAsync(command, run, cancellationToken) == CommandResult.Failed)
        {
            _editor.Replace(text);
        }

        return true;
    }

    private Task<CommandResult> RunAsync(
        ConsoleCommand command,
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    ) => new InterruptibleCommand(_keys, screen, session).RunAsync(token => run(command, token), cancellationToken);

    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var before = _editor.Text[.._editor.Cursor];
        var completion = Completion.Find(
            before,
            Completion.NeedsNames(before) ? await session.ListNamesAsync(cancellationToken) : [],
            session.Open
        );
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
