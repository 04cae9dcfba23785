using System.Threading.Channels;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Reads keys and pasted blocks on a background thread.</summary>
/// <param name="readKey">Reads a key, and blocks until there is one.</param>
internal sealed class KeyInput(Func<ConsoleKeyInfo> readKey, TimeProvider timeProvider)
{
    // Longer than a terminal takes to write a mark. After it, the user must have pressed Escape.
    private static readonly TimeSpan MarkTimeout = TimeSpan.FromMilliseconds(300);

    // A key pressed before the question was visible must not answer it.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromMilliseconds(300);

    private readonly Lock _gate = new();

    // Guarded by _gate, like the next fields.
    private readonly BracketedPaste _paste = new();
    private readonly Channel<TypedInput> _inputs = Channel.CreateUnbounded<TypedInput>();
    private long _keyCount;
    private Action? _interrupt;

    public ChannelReader<TypedInput> Inputs => _inputs.Reader;

    /// <summary>
    /// Calls <paramref name="interrupt"/> for each Ctrl-C until the result is disposed. Keys before it are dropped.
    /// </summary>
    public IDisposable OnInterrupt(Action interrupt)
    {
        lock (_gate)
        {
            _interrupt = interrupt;
        }

        return new Interruption(this);
    }

    public void Start() => new Thread(Read) { IsBackground = true, Name = "keys" }.Start();

    /// <summary>Waits for input typed after a question was shown.</summary>
    /// <returns>Null at the end of input.</returns>
    public async Task<TypedInput?> AnswerAsync(CancellationToken cancellationToken)
    {
        Action? interrupt;
        lock (_gate)
        {
            // Ctrl-C answers the question.
            (interrupt, _interrupt) = (_interrupt, null);
        }

        try
        {
            await Task.Delay(ReadingTime, timeProvider, cancellationToken);
            Drop();
            return await _inputs.Reader.WaitToReadAsync(cancellationToken) && _inputs.Reader.TryRead(out var input)
                ? input
                : null;
        }
        finally
        {
            lock (_gate)
            {
                _interrupt = interrupt;
            }
        }
    }

    private void Drop()
    {
        while (_inputs.Reader.TryRead(out _)) { }
    }

    private void Read()
    {
        try
        {
            while (true)
            {
                Take(readKey());
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // The terminal has gone, so input ends.
            _inputs.Writer.Complete();
        }
    }

    private void Take(ConsoleKeyInfo key)
    {
        lock (_gate)
        {
            Write(_paste.Take(key));
            _keyCount++;
            if (_paste.HoldsKeys)
            {
                _ = ReleaseLaterAsync(_keyCount);
            }
        }
    }

    private async Task ReleaseLaterAsync(long keyCount)
    {
        await Task.Delay(MarkTimeout, timeProvider);
        lock (_gate)
        {
            if (keyCount == _keyCount)
            {
                Write(_paste.Release());
            }
        }
    }

    private void Write(IReadOnlyList<TypedInput> inputs)
    {
        foreach (var input in inputs)
        {
            if (input.Paste is not null)
            {
                _ = _inputs.Writer.TryWrite(input);
            }
            else if (_interrupt is { } interrupt && IsInterrupt(input.Key))
            {
                Drop();
                interrupt();
            }
            else if (!JobControl.TryRaise(input.Key))
            {
                _ = _inputs.Writer.TryWrite(input);
            }
        }
    }

    private static bool IsInterrupt(ConsoleKeyInfo key) =>
        key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control);

    private sealed class Interruption(KeyInput keys) : IDisposable
    {
        public void Dispose()
        {
            lock (keys._gate)
            {
                keys._interrupt = null;
            }
        }
    }
}
