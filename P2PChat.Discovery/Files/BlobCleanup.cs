using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Files;

/// <summary>Frees the space of a blob at once instead of with the next sweep.</summary>
internal sealed class BlobCleanup(IFileLedger ledger, IFileStore store)
{
    /// <summary>Whether all bytes of a blob are in the folder.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public bool IsWhole(string blob, long size)
    {
        using var bytes = store.Open(blob);
        return bytes?.Length == size;
    }

    /// <summary>Removes a file whose bytes are lost, so that its sender can upload it again.</summary>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public async Task DiscardAsync(Username recipient, string id, string blob)
    {
        await ledger.DiscardAsync(recipient, id, blob, CancellationToken.None);
        await ReleaseAsync(blob);
    }

    /// <summary>Deletes the bytes of a removed file, and frees its space. If that fails, a sweep does it.</summary>
    public async Task ReleaseAsync(string blob)
    {
        try
        {
            store.Delete(blob);
            await ledger.ForgetAsync([blob], CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or StoreUnavailableException)
        {
            // The next sweep reports it.
        }
    }
}
