using System.Buffers;
using System.IO.Pipelines;

namespace P2PChat.Peer.Discovery;

/// <summary>One answer of <c>GET /peers/{username}/signals</c>, read line by line (WHATWG HTML, section 9.2).</summary>
internal sealed class SignalStream(HttpResponseMessage response, Stream body, TimeProvider clock) : IDisposable
{
    // The directory says something each 15 s.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private const int MaxLine = 1024;

    private readonly PipeReader _reader = PipeReader.Create(body);

    private static ReadOnlySpan<byte> MailLine => "event: mail"u8;

    /// <summary>Null where the stream has ended, has fallen silent, or is none.</summary>
    public async Task<MailboxSignal?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadLineAsync(cancellationToken) is { } isMail)
            {
                if (isMail)
                    return MailboxSignal.Mail;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // As good as its end: it is opened again.
        }

        return null;
    }

    public void Dispose()
    {
        _reader.Complete();
        response.Dispose();
    }

    // Whether the next line tells of mail; null at the end.
    private async Task<bool?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var patience = new CancellationTokenSource(Silence, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            var read = await _reader.ReadAsync(either.Token);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end);
                var isMail = line.Length < MaxLine && line.ToArray().AsSpan().TrimEnd((byte)'\r').SequenceEqual(MailLine);
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return isMail;
            }

            if (read.IsCompleted || read.Buffer.Length > MaxLine)
                return null;
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
