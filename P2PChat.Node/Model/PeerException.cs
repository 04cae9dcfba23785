using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Why a peer does not do what it was asked.</summary>
public enum PeerError
{
    /// <summary>The name breaks the rule.</summary>
    InvalidUsername,

    /// <summary>A peer cannot connect to itself or write to itself.</summary>
    ToOneself,

    /// <summary>Nobody claims the name.</summary>
    UnknownPeer,

    /// <summary>The name is claimed, but its peer is away.</summary>
    PeerOffline,

    AlreadyConnected,

    /// <summary>A request of ours is open already.</summary>
    AlreadyAsked,

    NotConnected,

    /// <summary>This peer is shutting down.</summary>
    ShuttingDown,

    /// <summary>That peer has no open request.</summary>
    NoRequest,

    /// <summary>The text is empty or too long.</summary>
    BadText,

    /// <summary>Too many messages wait for an acknowledgement.</summary>
    TooManyUnacknowledged,

    /// <summary>Too many links.</summary>
    TooManyLinks,

    /// <summary>The directory cannot be reached, or answers that it cannot help now.</summary>
    DirectoryUnavailable,

    /// <summary>Another key claims this peer's own name.</summary>
    NameTaken,

    /// <summary>The directory refuses this peer until somebody changes something: the join token, the clock, the address.</summary>
    DirectoryRefused,

    /// <summary>The name has another key than the one that is pinned.</summary>
    KeyChanged,

    /// <summary>What the directory answered does not hold: a wrong signature, or an older record.</summary>
    DirectoryNotTrusted,

    /// <summary>The idempotency key has made a message of another text.</summary>
    KeyReused,

    /// <summary>The name is not pinned, or no other key of it has been seen.</summary>
    NothingToTrust,

    /// <summary>Warnings have shown several keys for that name, and the given text does not select one.</summary>
    WhichKey,

    /// <summary>Nobody of that name is among the contacts.</summary>
    NotAContact,

    /// <summary>The peer is blocked, and so nothing is begun with it.</summary>
    Blocked,

    /// <summary>The peer is not blocked.</summary>
    NotBlocked,

    /// <summary>What was typed is not a safety number.</summary>
    BadSafetyNumber,

    /// <summary>The nickname is too long, or holds what is no text.</summary>
    BadNickname,

    /// <summary>The data directory cannot be written.</summary>
    NotSaved,

    /// <summary>The path, the passphrase, or the kind of this peer does not allow a backup.</summary>
    BadBackup,

    /// <summary>There is a file already where the backup should be.</summary>
    BackupExists,

    /// <summary>The backup cannot be written.</summary>
    BackupFailed,

    /// <summary>What was to be kept could not be, or not be read: the disk is full, or broken.</summary>
    StoreFailed,

    /// <summary>There is no such message.</summary>
    UnknownMessage,

    /// <summary>There is no such setting.</summary>
    UnknownSetting,

    /// <summary>The setting cannot be that.</summary>
    BadSetting,
}

/// <summary>A refusal. Its message is one sentence for a person, and says what to do.</summary>
public sealed class PeerException(PeerError error, string message) : Exception(message)
{
    public PeerError Error { get; } = error;

    /// <summary>The refused key, with <see cref="PeerError.KeyChanged"/>.</summary>
    public PeerId? OtherKey { get; init; }
}
