namespace P2PChat.Peer.Identity;

/// <summary>
/// Refuses a data directory that another user can write, or has written: they could put a key of their own there, or read
/// what is put there later. As ssh does with its files (<c>StrictModes</c>). On Windows the profile's own rights hold.
/// </summary>
internal static class OwnerOnly
{
    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const uint Root = 0;

    /// <exception cref="PeerStartException">It is another's, another can write to it, or something in it is another's.</exception>
    public static void Require(string path)
    {
        if (OperatingSystem.IsWindows() || UnixFiles.Find(path, follow: true) is not { } directory)
            return;
        if (IsAnothers(directory.Owner))
            throw new PeerStartException($"The data directory {path} belongs to another user. Start the peer as that user, or name another directory with --data.");
        if ((directory.Mode & OthersMayWrite) != 0)
            throw new PeerStartException($"Other users can write to the data directory {path}. Run chmod 700 '{path}', or name another directory with --data.");

        // What was put there before the mode was mended stays its owner's: the key in it is known to them.
        var anothers = Directory.EnumerateFileSystemEntries(path).FirstOrDefault(entry => UnixFiles.Find(entry, follow: false) is { } found && IsAnothers(found.Owner));
        if (anothers is not null)
            throw new PeerStartException($"{anothers} belongs to another user, who may know or change its content. Move it out of the data directory, and start again.");
    }

    private static bool IsAnothers(uint owner) => owner != UnixFiles.Self && owner != Root;
}
