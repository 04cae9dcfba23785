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

    // Guarded by _gate.
    private readonly BracketedPaste _paste = new();
    private readonly Channel<TypedInput> _inputs = Channel.CreateUnbounded<TypedInput>();
    private long _keyCount;

    public ChannelReader<TypedInput> Inputs => _inputs.Reader;

    public void Start() => new Thread(Read) { IsBackground = true, Name = "keys" }.Start();

    /// <summary>Waits for input typed after a question was shown.</summary>
    /// <returns>Null at the end of input.</returns>
    public async Task<TypedInput?> AnswerAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(ReadingTime, timeProvider, cancellationToken);
        while (_inputs.Reader.TryRead(out _)) { }

        return await _inputs.Reader.WaitToReadAsync(cancellationToken) && _inputs.Reader.TryRead(out var input)
            ? input
            : null;
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
            _ = _inputs.Writer.TryWrite(input);
        }
    }
}
