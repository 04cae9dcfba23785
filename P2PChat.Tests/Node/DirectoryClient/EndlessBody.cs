namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A body that repeats its text, and goes silent after a megabyte.</summary>
internal sealed class EndlessBody(string text) : MemoryStream
{
    private readonly byte[] _text = System.Text.Encoding.ASCII.GetBytes(text);

    /// <summary>Bytes that were read.</summary>
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
