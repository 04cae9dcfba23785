using System.Net;
using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Reads a file from responses of a directory, which may lie, and continues it after an interruption.
/// </summary>
internal sealed class FileDownload(
    Stream output,
    SealedFileInfo info,
    IProgress<long>? progress,
    TimeProvider timeProvider
)
{
    public const int MaxAttempts = 5;

    private const int BufferSize = 64 * 1024;

    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    // A directory that sends a byte now and then would otherwise never end.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromMinutes(10);

    private static readonly long MinSize = SealedFile.SizeOf(0);

    /// <summary>Checks what is there already, and moves to its end.</summary>
    /// <returns>Whether more must be read.</returns>
    /// <exception cref="DirectoryException">It is complete, and not the expected file. It is then empty.</exception>
    public async Task<bool> PrepareAsync(CancellationToken cancellationToken)
    {
        // The message may lie as well.
        if (info.Size < MinSize || info.Size > SealedFile.MaxSize)
        {
            output.SetLength(0);
            throw FileProblem.Damaged();
        }

        if (output.Length > info.Size)
        {
            output.SetLength(0);
        }

        if (output.Length < info.Size)
        {
            output.Position = output.Length;
            return true;
        }

        output.Position = 0;
        var digest = await SHA256.HashDataAsync(output, cancellationToken);
        if (!digest.AsSpan().SequenceEqual(info.Digest.Span))
        {
            output.SetLength(0);
            throw FileProblem.Damaged();
        }

        output.Position = 0;
        return false;
    }

    /// <summary>Appends a response to the output.</summary>
    /// <exception cref="DirectoryException">
    /// It is not what was asked for, or it ended early; or it is another file, and the output is then empty.
    /// </exception>
    public async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var headers = response.Content.Headers;
        var size =
            response.StatusCode == HttpStatusCode.PartialContent ? headers.ContentRange?.Length : headers.ContentLength;
        if (DigestOf(response) is not { } digest)
        {
            // The page of a proxy says nothing about the file.
            throw DirectoryHttp.NotADirectory();
        }

        if ((size is { } announced && announced != info.Size) || digest != Convert.ToBase64String(info.Digest.Span))
        {
            output.SetLength(0);
            throw FileProblem.Damaged();
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (headers.ContentRange is not { Unit: "bytes" } range || range.From != output.Length)
            {
                throw DirectoryHttp.NotADirectory();
            }
        }
        else
        {
            // A directory, or a proxy in between, may ignore the range.
            output.SetLength(0);
        }

        output.Position = output.Length;
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var deadline = new CancellationTokenSource(AttemptTimeout, timeProvider);
        var buffer = new byte[BufferSize];
        while (output.Length < info.Size)
        {
            // Never more than the message says.
            var wanted = (int)Math.Min(BufferSize, info.Size - output.Length);
            var read = await ReadAsync(body, buffer.AsMemory(0, wanted), deadline.Token, cancellationToken);
            if (read == 0)
            {
                throw Interrupted(null);
            }

            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress?.Report(output.Length);
        }
    }

    private async Task<int> ReadAsync(
        Stream body,
        Memory<byte> buffer,
        CancellationToken deadline,
        CancellationToken cancellationToken
    )
    {
        using var stalled = new CancellationTokenSource(StallTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, deadline, cancellationToken);
        try
        {
            return await body.ReadAsync(buffer, either.Token);
        }
        catch (Exception exception)
            when (exception is IOException or HttpRequestException
                || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            throw Interrupted(exception);
        }
    }

    private static string? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(ContentDigest.ReprHeader, out var values)
        || response.Content.Headers.TryGetValues(ContentDigest.ReprHeader, out values)
            ? ContentDigest.Read(string.Join(',', values))
            : null;

    private static DirectoryException Interrupted(Exception? cause) =>
        new(
            DirectoryFailure.Unreachable,
            "The connection to the directory broke during the download. It continues automatically.",
            cause
        );
}
