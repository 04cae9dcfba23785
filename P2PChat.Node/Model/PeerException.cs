using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>The reason why a peer refuses an operation.</summary>
public enum PeerError
{
    /// <summary>The username is not valid.</summary>
    InvalidUsername,

    /// <summary>A peer cannot connect or write to itself.</summary>
    ToOneself,

    /// <summary>No peer claims the name.</summary>
    UnknownPeer,

    /// <summary>The name is claimed, but its peer is offline.</summary>
    PeerOffline,

    AlreadyConnected,

    /// <summary>This peer's request already waits for an answer.</summary>
    AlreadyAsked,

    NotConnected,

    /// <summary>This peer is shutting down.</summary>
    ShuttingDown,

    /// <summary>That peer has no open request.</summary>
    NoRequest,

    /// <summary>The text is empty or too long.</summary>
    BadText,

    /// <summary>Too many sent messages are not acknowledged yet.</summary>
    TooManyUnacknowledged,

    /// <summary>This peer has too many links.</summary>
    TooManyLinks,

    /// <summary>The directory cannot be reached, or cannot answer at the moment.</summary>
    DirectoryUnavailable,

    /// <summary>A different key claims this peer's own name.</summary>
    NameTaken,

    /// <summary>The directory refuses this peer until the clock or the address is corrected.</summary>
    DirectoryRefused,

    /// <summary>The directory requires a join token, and this peer has none or a wrong one.</summary>
    JoinTokenRequired,

    /// <summary>The name has a different key than the pinned one.</summary>
    KeyChanged,

    /// <summary>The directory's answer cannot be trusted: an invalid signature, or an older record.</summary>
    DirectoryNotTrusted,

    /// <summary>The idempotency key was used for another message.</summary>
    KeyReused,

    /// <summary>The name is not pinned, or no other key has been seen for it.</summary>
    NothingToTrust,

    /// <summary>Several keys were shown for the name, and the given text does not select exactly one.</summary>
    WhichKey,

    /// <summary>No contact has that name.</summary>
    NotAContact,

    /// <summary>The peer is blocked.</summary>
    Blocked,

    /// <summary>The peer is not blocked.</summary>
    NotBlocked,

    /// <summary>The text is not a valid safety number.</summary>
    BadSafetyNumber,

    /// <summary>The nickname is too long, or contains characters that are not allowed.</summary>
    BadNickname,

    /// <summary>The display name is too long, or contains characters that are not allowed.</summary>
    BadDisplayName,

    /// <summary>The picture is too large, of another format, or has metadata.</summary>
    BadPicture,

    /// <summary>There is no picture.</summary>
    NoPicture,

    /// <summary>The data directory cannot be written.</summary>
    NotSaved,

    /// <summary>The path or the passphrase is not valid, or the peer is ephemeral.</summary>
    BadBackup,

    /// <summary>A file already exists at the path of the backup.</summary>
    BackupExists,

    /// <summary>The backup cannot be written.</summary>
    BackupFailed,

    /// <summary>The store cannot be read or written, for example because the disk is full.</summary>
    StoreFailed,

    /// <summary>The message does not exist.</summary>
    UnknownMessage,

    /// <summary>Only the sender of a message can edit it or delete it for everyone.</summary>
    NotYourMessage,

    /// <summary>The message was deleted for everyone.</summary>
    MessageDeleted,

    /// <summary>The message can no longer be edited: it is too old, or the other peer does not have it.</summary>
    NotEditable,

    /// <summary>The reaction is not one emoji.</summary>
    NotAnEmoji,

    /// <summary>Messages cannot disappear after less than 5 minutes, or more than 90 days.</summary>
    BadTimer,

    /// <summary>Two messages have this id, one from each side.</summary>
    AmbiguousMessage,

    /// <summary>No file was offered under that id.</summary>
    UnknownFile,

    /// <summary>The file cannot be offered, accepted or saved.</summary>
    FileRefused,

    /// <summary>The setting does not exist.</summary>
    UnknownSetting,

    /// <summary>The value is not valid for the setting.</summary>
    BadSetting,

    /// <summary>The text is not an invite link, or it has been cut off or altered.</summary>
    BadInvite,

    /// <summary>The invite is this peer's own.</summary>
    OwnInvite,

    /// <summary>The invite is for another directory.</summary>
    OtherDirectory,

    /// <summary>The directory's key for an inviter differs from the one in the invite.</summary>
    InviterKeyChanged,

    /// <summary>Number of uses or lifetime out of range, or the peer or its directory cannot be invited to.</summary>
    CannotInvite,

    /// <summary>Too many open invites.</summary>
    TooManyInvites,

    /// <summary>No invite has that id.</summary>
    UnknownInvite,

    /// <summary>No room has that name or id.</summary>
    UnknownRoom,

    /// <summary>Several rooms have that name.</summary>
    AmbiguousRoom,

    /// <summary>This peer is not a member of the room.</summary>
    NotInRoom,

    /// <summary>Nobody in the room has that name.</summary>
    UnknownMember,

    /// <summary>Several people in the room have that name.</summary>
    AmbiguousMember,

    /// <summary>This peer's role in the room, or the other's, does not allow it.</summary>
    NotAllowedInRoom,

    /// <summary>The room's name is empty, too long, or contains characters that are not allowed.</summary>
    BadRoomName,

    /// <summary>The other peer's version has no rooms.</summary>
    NoRooms,

    /// <summary>This peer is in too many rooms, or the room has too many members.</summary>
    TooManyRooms,

    /// <summary>A connection check is running, and only one may.</summary>
    CheckRunning,
}

/// <summary>A peer refuses an operation. The message tells the user what happened and what to do.</summary>
public sealed class PeerException(PeerError error, string message) : Exception(message)
{
    public PeerError Error { get; } = error;

    /// <summary>The refused key, with <see cref="PeerError.KeyChanged"/>.</summary>
    public PeerId? OtherKey { get; init; }
}
