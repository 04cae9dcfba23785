using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Sessions;

/// <summary>Reads and seals files that may have to wait at the directory. Each is in memory whole.</summary>
internal static class FileSealer
{
    /// <summary>Seals a file that is to be offered, because its receiver may be away before it is sent.</summary>
    /// <param name="path">Of the file.</param>
    /// <returns>The offer, which names the copy if there can be one; and why there is none.</returns>
    public static async Task<(FileOffer Offer, CopyProblem Problem)> SealAsync(
        SessionHost session,
        FileOffer offer,
        string path
    )
    {
        if (session.Context.IsEphemeral)
        {
            return (offer, CopyProblem.None);
        }

        if (offer.Size > SealedFile.MaxPlainSize)
        {
            return (offer, session.Route == SendRoute.Link ? CopyProblem.None : CopyProblem.TooLarge);
        }

        try
        {
            if (await ReadAsync(offer, path, CancellationToken.None) is { } content)
            {
                var copy = SealedCopy.New();
                var info = await SealedFile.SealAsync(
                    new MemoryStream(content),
                    Stream.Null,
                    copy.Key.ToArray(),
                    CancellationToken.None
                );
                return (offer with { Copy = copy with { Digest = info.Digest } }, CopyProblem.None);
            }
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            // It has changed since it was hashed. Its transfer reports that when the receiver asks.
        }

        return (offer, CopyProblem.Changed);
    }

    /// <summary>Reads a file whole.</summary>
    /// <returns>Null if it is no longer the one that was offered.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<byte[]?> ReadAsync(FileOffer offer, string path, CancellationToken cancellationToken)
    {
        await using var file = TransferDisk.Open(path);
        if (file.Length != offer.Size)
        {
            return null;
        }

        var content = new byte[offer.Size];
        var read = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
        // Two files under one key would reveal each other, so another one is never sealed.
        return read == content.Length && offer.IsOf(content) ? content : null;
    }
}
