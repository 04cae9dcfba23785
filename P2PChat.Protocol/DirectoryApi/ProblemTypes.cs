namespace P2PChat.Protocol.DirectoryApi;

/// <summary>The stable <c>type</c> of the problem details (RFC 9457) of the directory and of a peer's API.</summary>
public static class ProblemTypes
{
    private const string Prefix = "urn:p2pchat:problem:";

    /// <summary>400: the body or a parameter is malformed.</summary>
    public const string MalformedRequest = Prefix + "malformed-request";

    /// <summary>400: the username is invalid or reserved.</summary>
    public const string InvalidUsername = Prefix + "invalid-username";

    /// <summary>400: the record is well-formed, but not acceptable.</summary>
    public const string InvalidRecord = Prefix + "invalid-record";

    /// <summary>400: the record names another directory. See <c>GET /directory</c>.</summary>
    public const string WrongDirectory = Prefix + "wrong-directory";

    /// <summary>400: the record has expired, or its signer's clock is wrong.</summary>
    public const string ClockSkew = Prefix + "clock-skew";

    /// <summary>401: the join token is missing or wrong.</summary>
    public const string JoinTokenRequired = Prefix + "join-token-required";

    /// <summary>401: the lease token is unknown. Register again.</summary>
    public const string LeaseTokenUnknown = Prefix + "lease-token-unknown";

    /// <summary>401: the operator's key is missing.</summary>
    public const string OperatorKeyRequired = Prefix + "operator-key-required";

    /// <summary>403: the operator's key is wrong.</summary>
    public const string OperatorKeyWrong = Prefix + "operator-key-wrong";

    /// <summary>403: the signature is invalid.</summary>
    public const string BadSignature = Prefix + "bad-signature";

    /// <summary>404: the name is not claimed.</summary>
    public const string UnknownPeer = Prefix + "unknown-peer";

    /// <summary>404: the path does not exist.</summary>
    public const string UnknownRoute = Prefix + "unknown-route";

    /// <summary>405: the path does not support the method.</summary>
    public const string MethodNotAllowed = Prefix + "method-not-allowed";

    /// <summary>415: the content type is not supported.</summary>
    public const string UnsupportedMediaType = Prefix + "unsupported-media-type";

    /// <summary>500: an internal error. The server's log has it under the problem's <c>traceId</c>.</summary>
    public const string InternalError = Prefix + "internal-error";

    /// <summary>409: another key claims the name. From a peer's API: the peer's own name.</summary>
    public const string NameTaken = Prefix + "name-taken";

    /// <summary>409: the sequence is not above the problem's <c>lastSequence</c>.</summary>
    public const string StaleSequence = Prefix + "stale-sequence";

    /// <summary>413: the body is too large.</summary>
    public const string TooLarge = Prefix + "too-large";

    /// <summary>429: too many requests. See <c>Retry-After</c>.</summary>
    public const string TooManyRequests = Prefix + "too-many-requests";

    /// <summary>429: too many names are claimed from this address, or in total.</summary>
    public const string TooManyClaims = Prefix + "too-many-claims";

    /// <summary>403: the capability, the mailbox or the name is unknown.</summary>
    public const string CapabilityUnknown = Prefix + "capability-unknown";

    /// <summary>429: a quota of the mailbox is used up.</summary>
    public const string MailboxFull = Prefix + "mailbox-full";

    /// <summary>429: the mailbox has the maximum number of capabilities.</summary>
    public const string TooManyCapabilities = Prefix + "too-many-capabilities";

    /// <summary>403: the directory does not accept join codes.</summary>
    public const string JoinCodesOff = Prefix + "join-codes-off";

    /// <summary>429: this key or address has too many join codes, or this peer too many open invites.</summary>
    public const string TooManyInvites = Prefix + "too-many-invites";

    /// <summary>404: the key is not a member and has made no join codes.</summary>
    public const string UnknownMember = Prefix + "unknown-member";

    /// <summary>403: the peer takes no requests while it is away.</summary>
    public const string RequestBoxClosed = Prefix + "request-box-closed";

    /// <summary>429: the peer's request box is full.</summary>
    public const string RequestBoxFull = Prefix + "request-box-full";

    /// <summary>401: the session token is unknown, has expired or was used.</summary>
    public const string SessionTokenUnknown = Prefix + "session-token-unknown";

    /// <summary>429: too many path sessions are open for this peer, from this address or in total.</summary>
    public const string TooManySessions = Prefix + "too-many-sessions";

    /// <summary>403: the directory does not relay.</summary>
    public const string RelayOff = Prefix + "relay-off";

    /// <summary>426: the call must be a WebSocket upgrade, which a proxy may have removed.</summary>
    public const string UpgradeRequired = Prefix + "upgrade-required";

    /// <summary>503: the replica that holds the path session cannot be reached.</summary>
    public const string ReplicaUnavailable = Prefix + "replica-unavailable";

    /// <summary>409: this side of the path session may not send this signal, or not again.</summary>
    public const string SignalNotExpected = Prefix + "signal-not-expected";

    /// <summary>403: the directory stores no files. The detail says why.</summary>
    public const string FilesOff = Prefix + "files-off";

    /// <summary>400: the uploaded bytes do not have the digest that was announced.</summary>
    public const string DigestMismatch = Prefix + "digest-mismatch";

    /// <summary>409: another file has the id, or another upload of it has begun.</summary>
    public const string FileExists = Prefix + "file-exists";

    /// <summary>408: the upload took too long.</summary>
    public const string TransferTimeout = Prefix + "transfer-timeout";

    /// <summary>507: the directory has no room for more files. See <c>Retry-After</c>.</summary>
    public const string FileStoreFull = Prefix + "file-store-full";

    /// <summary>503: the store is unavailable. See <c>Retry-After</c>.</summary>
    public const string StoreUnavailable = Prefix + "store-unavailable";

    /// <summary>401: the API token is missing or wrong.</summary>
    public const string ApiTokenRequired = Prefix + "api-token-required";

    /// <summary>401: the browser is not signed in to the peer's page.</summary>
    public const string SignInRequired = Prefix + "sign-in-required";

    /// <summary>403: the request's Host or Origin is not this peer's.</summary>
    public const string ForeignHost = Prefix + "foreign-host";

    /// <summary>404: there is no open request from that peer.</summary>
    public const string NoRequest = Prefix + "no-request";

    /// <summary>409: not connected to that peer.</summary>
    public const string NotConnected = Prefix + "not-connected";

    /// <summary>503: this peer is shutting down.</summary>
    public const string ShuttingDown = Prefix + "shutting-down";

    /// <summary>409: already connected to that peer.</summary>
    public const string AlreadyConnected = Prefix + "already-connected";

    /// <summary>400: a peer cannot connect to itself.</summary>
    public const string ToOneself = Prefix + "to-oneself";

    /// <summary>503: the directory cannot be reached or is unavailable.</summary>
    public const string DirectoryUnavailable = Prefix + "directory-unavailable";

    /// <summary>409: the directory refuses this peer, for example because of its join token.</summary>
    public const string DirectoryRefused = Prefix + "directory-refused";

    /// <summary>400: the message's text is empty.</summary>
    public const string EmptyText = Prefix + "empty-text";

    /// <summary>409: the name is claimed, but its peer is offline.</summary>
    public const string PeerOffline = Prefix + "peer-offline";

    /// <summary>409: a request to that peer is already pending.</summary>
    public const string AlreadyAsked = Prefix + "already-asked";

    /// <summary>409: the name's key differs from the one that this peer knows.</summary>
    public const string KeyChanged = Prefix + "key-changed";

    /// <summary>429: too many messages to that peer are unacknowledged.</summary>
    public const string TooManyUnacknowledged = Prefix + "too-many-unacknowledged";

    /// <summary>429: this peer has the maximum number of links.</summary>
    public const string TooManyLinks = Prefix + "too-many-links";

    /// <summary>502: the directory's response failed verification.</summary>
    public const string DirectoryNotTrusted = Prefix + "directory-not-trusted";

    /// <summary>422: the <c>Idempotency-Key</c> was used for another message.</summary>
    public const string IdempotencyKeyReused = Prefix + "idempotency-key-reused";

    /// <summary>409: that peer's name is not pinned, or no warning showed that key.</summary>
    public const string NothingToTrust = Prefix + "nothing-to-trust";

    /// <summary>409: warnings showed several keys of that peer. Name the one to accept.</summary>
    public const string WhichKey = Prefix + "which-key";

    /// <summary>404: no contact has that name.</summary>
    public const string NotAContact = Prefix + "not-a-contact";

    /// <summary>409: that peer is blocked.</summary>
    public const string Blocked = Prefix + "blocked";

    /// <summary>404: that peer is not blocked.</summary>
    public const string NotBlocked = Prefix + "not-blocked";

    /// <summary>400: the value is not a valid safety number.</summary>
    public const string BadSafetyNumber = Prefix + "bad-safety-number";

    /// <summary>400: the nickname is empty, too long, or has invalid characters.</summary>
    public const string BadNickname = Prefix + "bad-nickname";

    /// <summary>400: the display name is empty, too long, or has invalid characters.</summary>
    public const string BadDisplayName = Prefix + "bad-display-name";

    /// <summary>400: the picture is too large, has metadata, or is not a PNG, JPEG or WebP file.</summary>
    public const string BadPicture = Prefix + "bad-picture";

    /// <summary>404: that person has no picture.</summary>
    public const string NoPicture = Prefix + "no-picture";

    /// <summary>507: the change is in effect while the peer runs, but could not be saved.</summary>
    public const string NotSaved = Prefix + "not-saved";

    /// <summary>400: the path or the passphrase is unsuitable, or there is nothing to back up.</summary>
    public const string BadBackup = Prefix + "bad-backup";

    /// <summary>409: the backup's file already exists.</summary>
    public const string BackupExists = Prefix + "backup-exists";

    /// <summary>507: the backup could not be written.</summary>
    public const string BackupFailed = Prefix + "backup-failed";

    /// <summary>507: the data could not be stored, for example because the disk is full.</summary>
    public const string StoreFailed = Prefix + "store-failed";

    /// <summary>404: the message does not exist.</summary>
    public const string UnknownMessage = Prefix + "unknown-message";

    /// <summary>403: only the sender of a message can edit it or delete it for everyone.</summary>
    public const string NotYourMessage = Prefix + "not-your-message";

    /// <summary>410: the message was deleted for everyone.</summary>
    public const string MessageDeleted = Prefix + "message-deleted";

    /// <summary>409: the message can no longer be edited: it is too old, or the other peer does not have it.</summary>
    public const string NotEditable = Prefix + "not-editable";

    /// <summary>400: a reaction is one emoji.</summary>
    public const string NotAnEmoji = Prefix + "not-an-emoji";

    /// <summary>400: messages disappear after 5 minutes to 90 days.</summary>
    public const string BadTimer = Prefix + "bad-timer";

    /// <summary>409: two messages have this id, one from each side.</summary>
    public const string AmbiguousMessage = Prefix + "ambiguous-message";

    /// <summary>404: no file was offered under that id, or none waits under it for the peer.</summary>
    public const string UnknownFile = Prefix + "unknown-file";

    /// <summary>409: the file cannot be offered, accepted or saved now.</summary>
    public const string FileRefused = Prefix + "file-refused";

    /// <summary>404: the setting does not exist.</summary>
    public const string UnknownSetting = Prefix + "unknown-setting";

    /// <summary>400: the value is not valid for the setting.</summary>
    public const string BadSetting = Prefix + "bad-setting";

    /// <summary>The text is not an invite link, or it has been cut off or altered.</summary>
    public const string BadInvite = Prefix + "bad-invite";

    /// <summary>The invite is this peer's own.</summary>
    public const string OwnInvite = Prefix + "own-invite";

    /// <summary>The invite is for another directory than this peer's.</summary>
    public const string OtherDirectory = Prefix + "other-directory";

    /// <summary>The directory's key for an inviter differs from the one in the invite.</summary>
    public const string InviterKeyChanged = Prefix + "inviter-key-changed";

    /// <summary>This peer cannot make such an invite.</summary>
    public const string CannotInvite = Prefix + "cannot-invite";

    /// <summary>No invite has that id.</summary>
    public const string UnknownInvite = Prefix + "unknown-invite";

    /// <summary>No room has that name or id.</summary>
    public const string UnknownRoom = Prefix + "unknown-room";

    /// <summary>Several rooms have that name.</summary>
    public const string AmbiguousRoom = Prefix + "ambiguous-room";

    /// <summary>This peer is not a member of the room.</summary>
    public const string NotInRoom = Prefix + "not-in-room";

    /// <summary>Nobody in the room has that name.</summary>
    public const string UnknownRoomMember = Prefix + "unknown-room-member";

    /// <summary>Several people in the room have that name.</summary>
    public const string AmbiguousRoomMember = Prefix + "ambiguous-room-member";

    /// <summary>This peer's role in the room does not allow it.</summary>
    public const string NotAllowedInRoom = Prefix + "not-allowed-in-room";

    /// <summary>The room's name is not valid.</summary>
    public const string BadRoomName = Prefix + "bad-room-name";

    /// <summary>The other peer's version has no rooms.</summary>
    public const string NoRooms = Prefix + "no-rooms";

    /// <summary>This peer is in too many rooms.</summary>
    public const string TooManyRooms = Prefix + "too-many-rooms";

    /// <summary>A connection check is running, and only one may.</summary>
    public const string CheckRunning = Prefix + "check-running";

    /// <summary>Whether a <c>type</c> is one of these, instead of another server's.</summary>
    public static bool IsOurs(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.StartsWith(Prefix, StringComparison.Ordinal);
    }
}
