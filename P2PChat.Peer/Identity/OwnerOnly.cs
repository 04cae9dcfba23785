namespace P2PChat.Peer.Identity;

/// <summary>
/// Refuses a data directory that another user can write to, or owns a file in, because they could plant a key or read later
/// files. Like ssh's <c>StrictModes</c>. On Windows the rights of the profile apply.
/// </summary>
internal static class OwnerOnly
{
    private const uint Root = 0;

    /// <param name="groupMayWrite"><see cref="PeerOptions.GroupMayWrite"/>.</param>
    /// <exception cref="PeerStartException">Another user owns it, can write to it, or owns something in it.</exception>
    public static void Require(string path, bool groupMayWrite)
    {
        if (OperatingSystem.IsWindows() || UnixFiles.Find(path, follow: true) is not { } directory)
            return;
        if (IsAnothers(directory.Owner))
            throw new PeerStartException($"The data directory {path} belongs to another user. Start the peer as that user, or name another directory with --data.");
        if (directory.Mode.HasFlag(UnixFileMode.OtherWrite))
            throw new PeerStartException($"Other users can write to the data directory {path}. Run chmod 700 '{path}', or name another directory with --data.");
        if (directory.Mode.HasFlag(UnixFileMode.GroupWrite) && !groupMayWrite)
            throw new PeerStartException($"The group of the data directory {path} can write to it. Run chmod 700 '{path}', or set Peer:GroupMayWrite if no other user is in that group.");

        // A file planted before the mode was corrected still belongs to another user, who knows any key in it.
        var anothers = Directory.EnumerateFileSystemEntries(path).FirstOrDefault(entry => UnixFiles.Find(entry, follow: false) is { } found && IsAnothers(found.Owner));
        if (anothers is not null)
            throw new PeerStartException($"{anothers} belongs to another user, who may know or change its content. Move it out of the data directory, and start again.");
    }

    private static bool IsAnothers(uint owner) => owner != UnixFiles.Self && owner != Root;
}
