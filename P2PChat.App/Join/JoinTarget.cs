using P2PChat.Node.Identity;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.App.Join;

/// <summary>The data directory of a peer that joins, and what it already holds.</summary>
/// <param name="Stored">The peer in it; null if there is none.</param>
/// <param name="IsNew">Whether the data directory does not exist yet.</param>
internal sealed record JoinTarget(Username Name, string Path, StoredPeer? Stored, bool IsNew)
{
    /// <exception cref="Node.Model.PeerStartException">This user has no home directory.</exception>
    public static JoinTarget Find(string? data, Username name)
    {
        var path = DataDirectory.PathFor(data, name);
        return new JoinTarget(name, path, StoredPeer.Read(path), !Directory.Exists(path));
    }

    /// <summary>Whether this peer is registered in the link's directory, at the same address.</summary>
    public bool HasJoined(InviteLink link) => Stored?.Directory is { } address && IsSame(address, link.Directory);

    /// <summary>Checks what needs no answer from the directory.</summary>
    /// <returns>A sentence that says why this data directory cannot be used; null if it can.</returns>
    /// <exception cref="UnauthorizedAccessException">The directory belongs to another user.</exception>
    public string? Refusal(InviteLink link)
    {
        if (Stored?.Key == link.Key)
        {
            return "This is your own invite link. Send it to the friend who should join you.";
        }

        if (link.Inviter == Name)
        {
            return $"{Name} is the name of the friend who invites you. Choose another username.";
        }

        if (Stored?.Name is { } owner && owner != Name)
        {
            return $"{Path} belongs to {owner}. Choose another data directory with --data, or join as {owner}.";
        }

        return DataDirectory.IsInUse(Path)
            ? $"{Name} is already running. Type 'connect <link>' there, or stop that peer and run this again."
            : null;
    }

    /// <summary>Checks that a peer does not leave its directory for another one.</summary>
    /// <param name="directoryId">The id of the link's directory.</param>
    /// <returns>A sentence that says why this data directory cannot be used; null if it can.</returns>
    public string? OtherDirectory(InviteLink link, byte[] directoryId) =>
        Stored is { Directory: { } address, DirectoryId: var known }
        && !IsSame(address, link.Directory)
        && !(known is { } id && id.Span.SequenceEqual(directoryId))
            ? $"{Name} already uses the directory at {address}, and a peer has one directory. Choose another username "
                + "for this one: 'p2pchat join <link> <username>'. Nothing has been changed."
            : null;

    private static bool IsSame(string address, Uri directory) =>
        Uri.TryCreate(address, UriKind.Absolute, out var known)
        && Uri.Compare(
            known,
            directory,
            UriComponents.SchemeAndServer,
            UriFormat.UriEscaped,
            StringComparison.OrdinalIgnoreCase
        ) == 0;
}
