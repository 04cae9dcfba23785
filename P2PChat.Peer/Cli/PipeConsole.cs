using System.Threading.Channels;
using P2PChat.Node.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>A console of plain lines, for pipes, files and dumb terminals.</summary>
public sealed class PipeConsole(TextReader input, TextWriter output) : ILineConsole
{
    private readonly Lock _gate = new();
    private readonly SaveState _outputState = new();
    private readonly Action<string> _print = Terminal.WordWrap.ToStandardOutput(line => output.Write($"{line}\n"));
    private ChannelReader<string>? _lines;

    public bool Waits => true;

    public void Print(string line)
    {
        lock (_gate)
        {
            try
            {
                _print(line);
                output.Flush();
                if (_outputState.Saved())
                {
                    System.Console.Error.WriteLine("Output can be written again.");
                }
            }
            catch (IOException exception)
            {
                // The peer continues, because contacts still talk to it.
                if (_outputState.Failed())
                {
                    System.Console.Error.WriteLine(
                        $"Output cannot be written ({SaveState.FailureReason(exception)}) and is being lost. "
                            + "Free some space, or restart with another output."
                    );
                }
            }
        }
    }

    // A script gives the passphrase on the next line.
    public async Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken) =>
        _lines is { } lines && await lines.WaitToReadAsync(cancellationToken) && lines.TryRead(out var line)
            ? line
            : null;

    public async Task RunAsync(
        Func<ConsoleCommand, CancellationToken, Task<CommandResult>> run,
        CancellationToken cancellationToken
    )
    {
        _lines = ReadLines();
        await foreach (var line in _lines.ReadAllAsync(cancellationToken))
        {
            if (CommandParser.Parse(line) is { } command && await run(command, cancellationToken) == CommandResult.Exit)
            {
                return;
            }
        }
    }

    // Reads of standard input cannot be cancelled, so they have a background thread.
    private ChannelReader<string> ReadLines()
    {
        var lines = Channel.CreateBounded<string>(1);
        var thread = new Thread(() =>
        {
            try
            {
                while (input.ReadLine() is { } line)
                {
                    lines.Writer.WriteAsync(line).AsTask().GetAwaiter().GetResult();
                }

                lines.Writer.Complete();
            }
            catch (IOException)
            {
                // The writer has gone, so input ends.
                lines.Writer.Complete();
            }
        })
        {
            IsBackground = true,
            Name = "standard input",
        };
        thread.Start();
        return lines.Reader;
    }
}
