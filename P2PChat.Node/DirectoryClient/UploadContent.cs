using System.Net;
using System.Net.Http.Headers;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Sends a sealed file from its beginning, and reports how much of it is sent.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 64 * 1024;

    private readonly Stream _bytes;
    private readonly long _size;
    private readonly IProgress<long>? _progress;

    public UploadContent(Stream bytes, long size, IProgress<long>? progress)
    {
        (_bytes, _size, _progress) = (bytes, size, progress);
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        _bytes.Position = 0;
        var buffer = new byte[BufferSize];
        long sent = 0;
        int read;
        while ((read = await _bytes.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            sent += read;
            _progress?.Report(sent);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _size;
        return true;
    }
}
