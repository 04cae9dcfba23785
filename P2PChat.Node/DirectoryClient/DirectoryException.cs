using P2PChat.Node.Model;

namespace P2PChat.Node.DirectoryClient;

/// <summary>The kind of failure of a call to the directory.</summary>
internal enum DirectoryFailure
{
    /// <summary>The directory or its store cannot be reached, or is too slow. Worth another try soon.</summary>
    Unreachable,

    /// <summary>No peer claims the name (404).</summary>
    UnknownPeer,

    /// <summary>The lease token is unknown, or the lease has ended (401, 404). Register again.</summary>
    LeaseGone,

    /// <summary>The sequence does not exceed the last one (409).</summary>
    StaleSequence,

    /// <summary>The record is for another directory (400). Fetch the directory's id again.</summary>
    WrongDirectory,

    /// <summary>The mailbox does not accept the capability, or does not exist (403).</summary>
    CapabilityUnknown,

    /// <summary>A quota of the mailbox is used up (429). Its owner must collect mail first.</summary>
    MailboxFull,

    /// <summary>The directory does not store files. The file stays at this peer.</summary>
    FilesNotStored,

    /// <summary>The file is larger than the directory stores. It stays at this peer.</summary>
    FileTooLarge,

    /// <summary>The upload of a file did not end in time. Another try sends all of it again.</summary>
    UploadTooSlow,

    /// <summary>The directory has no room for more files (507).</summary>
    FileStoreFull,

    /// <summary>No such file waits for this peer (404).</summary>
    UnknownFile,

    /// <summary>The bytes of a file are not those that the message announced, or the directory received.</summary>
    FileDamaged,

    /// <summary>
    /// The directory has a join token and does not admit this peer (401): the token is missing or wrong, the join code
    /// is no longer valid, or the operator has ended the membership.
    /// </summary>
    NotAdmitted,

    /// <summary>The directory accepts no join codes (403).</summary>
    JoinCodesOff,

    /// <summary>This peer, or its address, has too many join codes (429).</summary>
    TooManyInvites,

    /// <summary>The peer takes no requests while it is away (403).</summary>
    RequestBoxClosed,

    /// <summary>Too many requests wait for the peer (429).</summary>
    RequestBoxFull,

    /// <summary>The peer is registered, but is not online (409).</summary>
    PeerOffline,

    /// <summary>The peer's name is claimed by another key than expected (409).</summary>
    OtherKey,

    /// <summary>Too many path sessions are open (429).</summary>
    TooManySessions,

    /// <summary>The directory does not relay, or a proxy in front of it does not pass WebSockets (403, 426).</summary>
    RelayUnavailable,

    /// <summary>The path session has ended, or its token is not valid (401).</summary>
    SessionGone,

    /// <summary>Another key claims this peer's name (409).</summary>
    NameTaken,

    /// <summary>The record's times are too far from the directory's clock (400). Either clock may be wrong.</summary>
    ClockSkew,

    /// <summary>The directory refuses the call. Another try is futile until something is changed.</summary>
    Refused,
}

/// <summary>A call to the directory failed. The message is written for the user.</summary>
internal sealed class DirectoryException(DirectoryFailure failure, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public DirectoryFailure Failure { get; } = failure;

    /// <summary>Converts to the exception that the user sees.</summary>
    public PeerException ToPeerException() => ToPeerException(Failure, Message);

    /// <inheritdoc cref="ToPeerException()"/>
    public static PeerException ToPeerException(DirectoryFailure failure, string message) =>
        new(
            failure switch
            {
                DirectoryFailure.NameTaken => PeerError.NameTaken,
                DirectoryFailure.NotAdmitted => PeerError.JoinTokenRequired,
                DirectoryFailure.Refused
                or DirectoryFailure.FilesNotStored
                or DirectoryFailure.FileTooLarge
                or DirectoryFailure.ClockSkew
                or DirectoryFailure.JoinCodesOff
                or DirectoryFailure.TooManyInvites
                or DirectoryFailure.RequestBoxClosed => PeerError.DirectoryRefused,
                _ => PeerError.DirectoryUnavailable,
            },
            message
        );

    /// <summary>The last sequence that the directory has, with <see cref="DirectoryFailure.StaleSequence"/>.</summary>
    public ulong LastSequence { get; init; }

    /// <summary>Whether the server does not know the call (404, 405), because it is older or another server.</summary>
    public bool IsUnknownCall { get; init; }

    /// <summary>The delay that the directory asks for before the next try; null if it asks for none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
