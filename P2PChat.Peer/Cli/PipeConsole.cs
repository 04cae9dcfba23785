using System.Threading.Channels;
using P2PChat.Node.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>A console of plain lines: a pipe, a file, a terminal that can do no more.</summary>
public sealed class PipeConsole(TextReader input, TextWriter output) : ILineConsole
{
    private readonly Lock _gate = new();
    private readonly SaveState _state = new();
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
                if (_state.Saved())
                {
                    System.Console.Error.WriteLine("Output can be written again.");
                }
            }
            catch (IOException e)
            {
                // The peer continues, because contacts still talk to it.
                if (_state.Failed())
                {
                    System.Console.Error.WriteLine(
                        $"Output cannot be written ({SaveState.FailureReason(e)}) and is being lost. Free some space, or restart with another output."
                    );
                }
            }
        }
    }

    // The next line: a script knows what it will be asked.
    public async Task<string?> ReadSecretAsync(string question, CancellationToken cancellationToken) =>
        _lines is { } lines && await lines.WaitToReadAsync(cancellationToken) && lines.TryRead(out var line)
            ? line
            : null;

    public async Task RunAsync(Func<ConsoleCommand, Task<CommandResult>> run, CancellationToken cancellationToken)
    {
        _lines = ReadLines();
        await foreach (var line in _lines.ReadAllAsync(cancellationToken))
        {
            if (CommandParser.Parse(line) is { } command && await run(command) == CommandResult.Exit)
            {
                return;
            }
        }
    }

    // A read of standard input cannot be cancelled: it has a thread of its own, which the end of the process ends.
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
                // The other end is gone: that is the end of input, too.
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
