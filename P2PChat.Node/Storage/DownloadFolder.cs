using P2PChat.Node.Identity;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// Stores received files: under a temporary name while incoming, then under a free, safe name. Thread-safe.
/// </summary>
internal sealed class DownloadFolder(PrivateFolder parts)
{
    private const int MaxNumber = 10_000;

    // Encrypted file systems take 143 bytes, and a number follows.
    private const int ShortBytes = 130;
    private const string Extension = ".part";

    /// <summary>Null if this peer has none, because it is ephemeral.</summary>
    public string? FullPath => parts.Parent;

    /// <summary>The temporary file of a transfer.</summary>
    public string PartOf(PeerId remote, Guid id) => Path.Combine(parts.FullPath!, $"{remote}-{id:N}{Extension}");

    /// <summary>Opens the temporary file of a transfer, for one writer.</summary>
    /// <param name="creates">Whether it is created if it does not exist.</param>
    /// <exception cref="IOException">It cannot be created or opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public FileStream OpenPart(PeerId remote, Guid id, bool creates = true) =>
        parts.Open(PartOf(remote, id), creates ? FileMode.OpenOrCreate : FileMode.Open);

    /// <summary>
    /// Whether files can be created where they arrive and where they are kept, unless the disk is full. Creates both
    /// folders.
    /// </summary>
    public bool IsWritable()
    {
        var name = $".{Guid.NewGuid():N}{Extension}";
        try
        {
            var (part, file) = (Path.Combine(parts.FullPath!, name), Path.Combine(FullPath!, name));
            parts.Open(part, FileMode.CreateNew).Dispose();
            File.Delete(part);
            new FileStream(file, DataDirectory.Options(FileMode.CreateNew)).Dispose();
            File.Delete(file);
            parts.DeleteIfEmpty();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return SaveState.IsDiskFull(exception);
        }
    }

    /// <summary>The size of the temporary file of a transfer, in bytes; 0 if there is none.</summary>
    public long LengthOfPart(PeerId remote, Guid id) =>
        parts.FullPath is not null && new FileInfo(PartOf(remote, id)) is { Exists: true, Length: var length }
            ? length
            : 0;

    /// <summary>Gives a complete file its name.</summary>
    /// <param name="onChosen">Called with its path before it is there.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public string Finish(PeerId remote, Guid id, string name, Action<string> onChosen)
    {
        var path = Reserve(name);
        try
        {
            onChosen(path);
        }
        catch
        {
            Delete(path);
            throw;
        }

        ReservedName.Use(path, PartOf(remote, id));
        parts.DeleteIfEmpty();
        return path;
    }

    /// <summary>Deletes the temporary files of transfers that have ended, and those of ephemeral peers.</summary>
    /// <param name="open">The transfers that have not ended.</param>
    public void CleanUp(IEnumerable<(PeerId Remote, Guid Id)> open)
    {
        parts.CleanUp();
        if (parts.IsOwned)
        {
            var needed = open.Select(one => PartOf(one.Remote, one.Id)).ToHashSet();
            foreach (var part in Directory.EnumerateFiles(parts.FullPath!, $"*{Extension}").Except(needed))
            {
                Delete(part);
            }

            parts.DeleteIfEmpty();
        }
    }

    /// <summary>Deletes the temporary file of a transfer, if there is one.</summary>
    public void DeletePart(PeerId remote, Guid id)
    {
        if (parts.FullPath is not null)
        {
            Delete(PartOf(remote, id));
            parts.DeleteIfEmpty();
        }
    }

    private string Reserve(string name)
    {
        for (var number = 1; number <= MaxNumber; number++)
        {
            var path = Path.Combine(FullPath!, number == 1 ? name : FileName.WithNumber(name, number));
            try
            {
                if (ReservedName.TryReserve(path))
                {
                    return path;
                }
            }
            catch (PathTooLongException) when (FileName.Shorten(name, ShortBytes) is var shorter && shorter != name)
            {
                (name, number) = (shorter, 0);
            }
        }

        throw new IOException($"{FullPath} has {MaxNumber} files of this name.");
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays as an unfinished file, which nothing reads.
        }
    }
}
