namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A body that repeats a text, and falls silent after 1 MiB.</summary>
internal sealed class EndlessBody(string text) : MemoryStream
{
    private readonly byte[] _text = System.Text.Encoding.ASCII.GetBytes(text);

    /// <summary>Number of bytes read so far.</summary>
    public int Given { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_text.Length == 0 || Given >= 1024 * 1024)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        for (var i = 0; i < buffer.Length; i++)
        {
            buffer.Span[i] = _text[Given++ % _text.Length];
        }

        return buffer.Length;
    }
}
