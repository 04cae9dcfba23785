using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Where received files are: under a temporary name while they arrive, then under a safe one that was free.
/// Thread-safe.
/// </summary>
internal sealed class DownloadFolder(PeerOptions options)
{
    private const int MaxNumber = 10_000;
    private static readonly UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock _gate = new();

    /// <summary>Null if this peer has none, because it is ephemeral.</summary>
    public string? FullPath { get; } =
        options.Downloads is { } chosen ? Path.GetFullPath(chosen)
        : options.Ephemeral ? null
        : Path.Combine(DataDirectory.PathFor(options.Data, Username.Parse(options.Username)), "downloads");

    /// <summary>The temporary file of a transfer.</summary>
    public string PartOf(PeerId remote, Guid id) => Path.Combine(FullPath!, $".{remote.ToString()[..8]}-{id:N}.part");

    /// <summary>Opens the temporary file of a transfer, for one writer.</summary>
    /// <exception cref="IOException">It cannot be created or opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public FileStream OpenPart(PeerId remote, Guid id)
    {
        if (!Directory.Exists(FullPath))
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(FullPath!)
                : Directory.CreateDirectory(FullPath!, OwnerOnly | UnixFileMode.UserExecute);
        }

        return new FileStream(PartOf(remote, id), DataDirectory.Options(FileMode.OpenOrCreate));
    }

    /// <summary>Gives a complete file its name.</summary>
    /// <param name="onChosen">Called with its path before it is there.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public string Finish(PeerId remote, Guid id, string name, Action<string> onChosen)
    {
        lock (_gate)
        {
            for (var number = 1; ; number++)
            {
                var path = Path.Combine(FullPath!, number == 1 ? name : FileName.WithNumber(name, number));
                if (Path.Exists(path) && number < MaxNumber)
                {
                    continue;
                }

                onChosen(path);
                File.Move(PartOf(remote, id), path);
                UnixFiles.SyncDirectory(FullPath!);
                return path;
            }
        }
    }

    /// <summary>Deletes the temporary files of transfers that have ended, in this peer's own folder.</summary>
    /// <param name="open">The transfers that have not ended.</param>
    public void CleanUp(IEnumerable<StoredTransfer> open)
    {
        // A folder that the user has chosen may have the temporary files of other peers.
        if (options.Downloads is null && Directory.Exists(FullPath))
        {
            var needed = open.Select(one => PartOf(one.Remote, one.Id)).ToHashSet();
            foreach (var part in Directory.EnumerateFiles(FullPath, ".*.part").Where(path => !needed.Contains(path)))
            {
                Delete(part);
            }
        }
    }

    /// <summary>Deletes the temporary file of a transfer, if there is one.</summary>
    public void DeletePart(PeerId remote, Guid id)
    {
        if (FullPath is not null)
        {
            Delete(PartOf(remote, id));
        }
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
