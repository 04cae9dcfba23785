using System.Runtime.InteropServices;
using System.Threading.Channels;
using P2PChat.Peer.Backup;

namespace P2PChat.Peer.Console.Terminal;

/// <summary>A console with a prompt, at which a line can be edited while others arrive above it.</summary>
/// <param name="listNames">Names that the tab key completes to.</param>
/// <param name="pressed">Called for each key, or for several that came together.</param>
/// <param name="typed">Takes the line as it stands after them.</param>
public sealed class PromptConsole(
    PromptScreen screen, Func<ConsoleKeyInfo> readKey, Func<CancellationToken, Task<IReadOnlyList<string>>> listNames, Action pressed, Action<string> typed) : ILineConsole
{
    private readonly LineEditor _editor = new();
    private ChannelReader<ConsoleKeyInfo>? _keys;

    public bool Waits => false;

    public void Print(string line) => screen.Print(line);

    public async Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken)
    {
        screen.Print(question.TrimEnd());
        var hidden = new HiddenLine();
        while (_keys is { } keys && await keys.WaitToReadAsync(cancellationToken))
        {
            while (keys.TryRead(out var key))
            {
                if (hidden.Press(key))
                    return hidden.Text;
            }
        }

        return null;
    }

    public async Task RunAsync(Func<ConsoleCommand, Task<CommandResult>> run, CancellationToken cancellationToken)
    {
        using var resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => screen.Redraw());
        using var resumed = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => screen.Redraw());
        var keys = _keys = ReadKeys();
        screen.Draw("", 0);
        try
        {
            while (await keys.WaitToReadAsync(cancellationToken))
            {
                pressed();
                while (keys.TryRead(out var key))
                {
                    if (!await PressAsync(key, run, cancellationToken))
                        return;
                }

                // Keys that came together, as from a paste, are drawn together.
                screen.Draw(_editor.Text, _editor.Cursor);
                typed(_editor.Text);
            }
        }
        finally
        {
            screen.Leave();
        }
    }

    private async Task<bool> PressAsync(
        ConsoleKeyInfo key, Func<ConsoleCommand, Task<CommandResult>> run, CancellationToken cancellationToken)
    {
        switch (_editor.Press(key))
        {
            case KeyOutcome.Ended:
                return false;
            case KeyOutcome.Completion:
                await CompleteAsync(cancellationToken);
                break;
            case KeyOutcome.Submitted:
                screen.Draw(_editor.Text, _editor.Text.Length);
                screen.Leave();
                var command = CommandParser.Parse(_editor.TakeLine());
                return command is null || await run(command) != CommandResult.Exit;
        }

        return true;
    }

    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var before = _editor.Text[.._editor.Cursor];
        var completion = Completion.Of(before, before.Contains(' ') ? await listNames(cancellationToken) : []);
        if (completion.Insert.Length > 0)
            _editor.Insert(completion.Insert);
        else if (completion.Candidates.Count > 0)
            screen.Print(string.Join("  ", completion.Candidates));
    }

    // A key cannot be waited for without blocking: it has a thread of its own, which the end of the process ends.
    private ChannelReader<ConsoleKeyInfo> ReadKeys()
    {
        var keys = Channel.CreateUnbounded<ConsoleKeyInfo>();
        var thread = new Thread(() =>
        {
            try
            {
                while (keys.Writer.TryWrite(readKey()))
                {
                }
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                // The terminal is gone: that is the end of input.
                keys.Writer.Complete();
            }
        })
        { IsBackground = true, Name = "keys" };
        thread.Start();
        return keys.Reader;
    }
}
