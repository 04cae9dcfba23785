using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Creates the exceptions for refused actions in rooms.</summary>
internal static class RoomRefusals
{
    public static PeerException UnknownRoom(string text) =>
        new(PeerError.UnknownRoom, $"There is no room {text}. List your rooms, and check the name.");

    public static PeerException AmbiguousRoom(string text, IEnumerable<string> ids) =>
        new(
            PeerError.AmbiguousRoom,
            $"Several rooms are named {text}. Choose one by its id: {string.Join(", ", ids.Select(id => $"#{id}"))}."
        );

    public static PeerException UnknownMember(string text) =>
        new(PeerError.UnknownMember, $"Nobody in this room is named {text}. List the members, and check the name.");

    public static PeerException AmbiguousMember(string text) =>
        new(
            PeerError.AmbiguousMember,
            $"Several people in this room are named {text}. Choose one by the beginning of the key."
        );

    public static PeerException UncheckedMember(string name) =>
        new(
            PeerError.UnknownMember,
            $"This member's name, {name}, is not checked. Type {name}? or the beginning of the key."
        );

    public static PeerException CheckedMember(string name) =>
        new(PeerError.UnknownMember, $"This member's name, {name}, is checked. Type {name} without the question mark.");

    public static PeerException Oneself() =>
        new(
            PeerError.NotAllowedInRoom,
            "That is you. You can leave the room. Its owner can hand it over to another member."
        );

    public static PeerException UncheckedOwner(string name) =>
        new(
            PeerError.NotAllowedInRoom,
            $"{name} cannot become the owner, because that name is not checked. Add {name} as a contact first."
        );

    public static PeerException NotInRoom() =>
        new(PeerError.NotInRoom, "You are not a member of this room. Ask a moderator to invite you.");

    public static PeerException NotJoined() =>
        new(PeerError.NotInRoom, "You are invited to this room and have not joined. Join it first.");

    public static PeerException NotInvited() =>
        new(PeerError.NotInRoom, "You have no invitation to this room. Ask a moderator to invite you.");

    public static PeerException Restored() =>
        new(
            PeerError.NotAllowedInRoom,
            "This room was restored from a backup and may lack messages. Try again in a minute."
        );

    public static PeerException OwnerCannotLeave() =>
        new(
            PeerError.NotAllowedInRoom,
            "You own this room, so you cannot leave it. Give another member the role owner first."
        );

    public static PeerException OnlyOwnerCannotLeave() =>
        new(
            PeerError.NotAllowedInRoom,
            "You own this room, and nobody else is in it, so you cannot leave it. Delete it instead."
        );

    public static PeerException BeforeJoin() =>
        new(
            PeerError.NotAllowedInRoom,
            "That message is from before you joined, so it cannot be marked as unread. Choose a later one."
        );

    public static PeerException StillMember() =>
        new(PeerError.NotAllowedInRoom, "You are a member of this room. Leave it before you delete it.");

    public static PeerException BadName() =>
        new(
            PeerError.BadRoomName,
            $"That name is not valid. Use 1 to {RoomLimits.NameLength} printable characters on one line that do not "
                + "look like a room id."
        );

    public static PeerException TooManyPictures() =>
        new(
            PeerError.NotAllowedInRoom,
            "This room takes no more pictures, because new members get every one it has had. Keep the current one, or "
                + "start a new room."
        );

    public static PeerException TooManyPicturesOfUser() =>
        new(
            PeerError.NotAllowedInRoom,
            "You cannot change this picture again, because all members keep every picture that you set. Ask another "
                + "moderator to change it."
        );

    public static PeerException TooManyRooms() =>
        new(
            PeerError.TooManyRooms,
            $"You are in {RoomAdmission.MaxRooms} rooms, the maximum. Leave one of them first."
        );

    public static PeerException AlreadyIn(string name) =>
        new(PeerError.NotAllowedInRoom, $"You are already a member of {name}. There is nothing to do.");

    public static PeerException TooManyInvitations(string name) =>
        new(
            PeerError.TooManyRooms,
            $"Too many invitations and links of {name} wait. Join or leave some of these rooms first."
        );

    public static PeerException StillWaiting(string name) =>
        new(
            PeerError.NotInRoom,
            $"You join this room as soon as {name} is online. Wait, or leave the room to give up."
        );

    public static PeerException NoLinks() =>
        new(
            PeerError.NotAllowedInRoom,
            "Only moderators and the owner can make links to this room. Ask one of them for a link."
        );

    public static PeerException BadLink() =>
        new(
            PeerError.CannotInvite,
            $"A link admits 1 to {RoomInvites.MaxUses} people for 1 to {RoomInvites.MaxHours} hours. Choose "
                + "numbers in these ranges."
        );

    public static PeerException TooManyLinks() =>
        new(
            PeerError.TooManyInvites,
            $"There are {RoomInvites.MaxOpen} open links to this room. Revoke one of them first."
        );

    public static PeerException LinkKeyReused() =>
        new(PeerError.KeyReused, "This Idempotency-Key was used for another link. Use a new key for each link.");

    public static PeerException UnknownLink(string id) =>
        new(PeerError.UnknownInvite, $"There is no link {id} to this room. List the links, and check the id.");

    public static PeerException NoRooms(string name) =>
        new(
            PeerError.NoRooms,
            $"{name} cannot be invited, because their version is not known to support rooms. Ask {name} to update and "
                + "connect."
        );

    public static PeerException AlreadyThere(string name) =>
        new(PeerError.NotAllowedInRoom, $"{name} is already a member of this room or invited. There is nothing to do.");

    /// <param name="role">This user's role.</param>
    public static PeerException Of(RoomRefusal refusal, RoomRole role = RoomRole.Member) =>
        refusal switch
        {
            RoomRefusal.NotAMember => NotInRoom(),
            RoomRefusal.TooMany or RoomRefusal.TooLarge or RoomRefusal.TooManyParents => new PeerException(
                PeerError.NotAllowedInRoom,
                "This room has reached a limit. Start a new room."
            ),
            _ => new PeerException(
                PeerError.NotAllowedInRoom,
                role switch
                {
                    RoomRole.Owner => "Only somebody who has joined can have a role, and a room has at most "
                        + $"{RoomLimits.Members} members. Wait until the person has joined, or remove somebody first.",
                    RoomRole.Moderator => "Only the owner of this room can do that. Ask the owner.",
                    _ => "Your role in this room does not allow that. Ask its owner or a moderator.",
                }
            ),
        };
}
