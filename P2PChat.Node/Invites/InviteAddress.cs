using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Invites;

/// <summary>The directory's address in this peer's links.</summary>
internal sealed class InviteAddress(PeerOptions options)
{
    private Uri Directory => options.InviteDirectory ?? new Uri(options.Discovery);

    /// <exception cref="PeerException">This peer cannot make links.</exception>
    public void ThrowIfImpossible()
    {
        // The key that the friend would verify ends with this process.
        if (options.Ephemeral)
        {
            throw new PeerException(
                PeerError.CannotInvite,
                "An ephemeral peer cannot invite, because its key ends with it. Use a peer that keeps its data."
            );
        }

        if (!InviteLink.CanName(Directory))
        {
            throw new PeerException(
                PeerError.CannotInvite,
                $"The directory's address {Directory} contains more than scheme, host and port, so it does not fit "
                    + "into a link. For invites, set an address of the directory without a path."
            );
        }
    }

    /// <summary>The link for a secret; null if the directory's address cannot be part of one.</summary>
    /// <param name="room">Null for a link that makes two peers contacts.</param>
    public InviteLink? LinkOf(Username name, PeerId key, InviteSecret secret, RoomEventId? room = null) =>
        InviteLink.CanName(Directory) ? new InviteLink(Directory, name, key, secret) { Room = room } : null;
}
