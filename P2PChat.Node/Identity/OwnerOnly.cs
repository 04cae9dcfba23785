using P2PChat.Node.Model;

namespace P2PChat.Node.Identity;

/// <summary>
/// Refuses a data directory that another user can write to, or owns a file in, because they could plant a key or read
/// later files. Like ssh's <c>StrictModes</c>. On Windows the rights of the profile apply.
/// </summary>
internal static class OwnerOnly
{
    private const uint Root = 0;

    /// <param name="groupMayWrite">See <see cref="PeerOptions.GroupMayWrite"/>.</param>
    /// <exception cref="PeerStartException">Another user owns it, can write to it, or owns something in it.</exception>
    public static void Require(string path, bool groupMayWrite) => Require(path, groupMayWrite, UnixFiles.Find);

    /// <inheritdoc cref="Require(string, bool)"/>
    /// <param name="find">Finds owner and mode, like <see cref="UnixFiles.Find"/>.</param>
    internal static void Require(
        string path,
        bool groupMayWrite,
        Func<string, bool, (uint Owner, UnixFileMode Mode)?> find
    )
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        // .NET can read the mode even on a system that does not report the owner.
        var directory = find(path, true);
        if (directory is { } found && IsAnothers(found.Owner))
        {
            throw new PeerStartException(
                $"The data directory {path} belongs to another user. Start the peer as that user, or name "
                    + "another directory with --data."
            );
        }

        var mode = directory?.Mode ?? File.GetUnixFileMode(path);
        if (mode.HasFlag(UnixFileMode.OtherWrite))
        {
            throw new PeerStartException(
                $"Other users can write to the data directory {path}. Run chmod 700 '{path}', or name another "
                    + "directory with --data."
            );
        }

        if (mode.HasFlag(UnixFileMode.GroupWrite) && !groupMayWrite)
        {
            throw new PeerStartException(
                $"The group of the data directory {path} can write to it. Run chmod 700 '{path}', or set "
                    + "Peer:GroupMayWrite if no other user is in that group."
            );
        }

        // A file planted before the mode was corrected still belongs to another user, who knows any key in it.
        var anothers = Directory
            .EnumerateFileSystemEntries(path)
            .FirstOrDefault(entry => find(entry, false) is { } file && IsAnothers(file.Owner));
        if (anothers is not null)
        {
            throw new PeerStartException(
                $"{anothers} belongs to another user, who may know or change its content. Move it out of the "
                    + "data directory, and start again."
            );
        }
    }

    private static bool IsAnothers(uint owner) => owner != UnixFiles.Self && owner != Root;
}
