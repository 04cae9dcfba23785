namespace P2PChat.Protocol.DirectoryApi;

/// <summary>The stable <c>type</c> of each problem (RFC 9457) that the directory or a peer's API answers.</summary>
public static class ProblemTypes
{
    private const string Prefix = "urn:p2pchat:problem:";

    /// <summary>Whether a <c>type</c> comes from a directory or a peer, and not from another server.</summary>
    public static bool IsOurs(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>400: the body or a parameter cannot be read.</summary>
    public const string MalformedRequest = Prefix + "malformed-request";

    /// <summary>400: the name breaks the rule.</summary>
    public const string InvalidUsername = Prefix + "invalid-username";

    /// <summary>400: the record can be read, but not accepted.</summary>
    public const string InvalidRecord = Prefix + "invalid-record";

    /// <summary>400: the record is for another directory; ask <c>GET /directory</c>.</summary>
    public const string WrongDirectory = Prefix + "wrong-directory";

    /// <summary>400: the record has expired, or its clock is too far off.</summary>
    public const string ClockSkew = Prefix + "clock-skew";

    /// <summary>401: the join token is missing or wrong.</summary>
    public const string JoinTokenRequired = Prefix + "join-token-required";

    /// <summary>401: the lease token is unknown; register anew.</summary>
    public const string LeaseTokenUnknown = Prefix + "lease-token-unknown";

    /// <summary>401: the call is the operator's, and the operator's key is missing.</summary>
    public const string OperatorKeyRequired = Prefix + "operator-key-required";

    /// <summary>403: the operator's key is wrong.</summary>
    public const string OperatorKeyWrong = Prefix + "operator-key-wrong";

    /// <summary>403: the signature does not fit.</summary>
    public const string BadSignature = Prefix + "bad-signature";

    /// <summary>404: nobody claims the name.</summary>
    public const string UnknownPeer = Prefix + "unknown-peer";

    /// <summary>404: there is no such address.</summary>
    public const string UnknownRoute = Prefix + "unknown-route";

    /// <summary>405: the address does not take that method.</summary>
    public const string MethodNotAllowed = Prefix + "method-not-allowed";

    /// <summary>415: the body is not JSON, or no envelope.</summary>
    public const string UnsupportedMediaType = Prefix + "unsupported-media-type";

    /// <summary>500: a fault of the one who answers; the log has it under the problem's <c>traceId</c>.</summary>
    public const string InternalError = Prefix + "internal-error";

    /// <summary>409: another key claims the name; from a peer's API, the peer's own name.</summary>
    public const string NameTaken = Prefix + "name-taken";

    /// <summary>409: the sequence is not above <c>lastSequence</c>, which the problem names.</summary>
    public const string StaleSequence = Prefix + "stale-sequence";

    /// <summary>413: the body is too large.</summary>
    public const string TooLarge = Prefix + "too-large";

    /// <summary>429: too many requests; <c>Retry-After</c> says when.</summary>
    public const string TooManyRequests = Prefix + "too-many-requests";

    /// <summary>429: too many names are claimed from this address, or in all.</summary>
    public const string TooManyClaims = Prefix + "too-many-claims";

    /// <summary>403: the capability lets nobody in there; or nobody has that name, or its mailbox.</summary>
    public const string CapabilityUnknown = Prefix + "capability-unknown";

    /// <summary>429: a quota of the mailbox is used up.</summary>
    public const string MailboxFull = Prefix + "mailbox-full";

    /// <summary>429: the mailbox has given out as many capabilities as it may.</summary>
    public const string TooManyCapabilities = Prefix + "too-many-capabilities";

    /// <summary>503: the store is away; <c>Retry-After</c> says when to try again.</summary>
    public const string StoreUnavailable = Prefix + "store-unavailable";

    /// <summary>401: the API token is missing or wrong.</summary>
    public const string ApiTokenRequired = Prefix + "api-token-required";

    /// <summary>401: the browser is not signed in to the peer's page.</summary>
    public const string SignInRequired = Prefix + "sign-in-required";

    /// <summary>403: the request's Host or Origin is not this peer's.</summary>
    public const string ForeignHost = Prefix + "foreign-host";

    /// <summary>404: there is no open request from that peer.</summary>
    public const string NoRequest = Prefix + "no-request";

    /// <summary>409: no link to that peer is accepted.</summary>
    public const string NotConnected = Prefix + "not-connected";

    /// <summary>503: this peer is shutting down.</summary>
    public const string ShuttingDown = Prefix + "shutting-down";

    /// <summary>409: there is a link to that peer already.</summary>
    public const string AlreadyConnected = Prefix + "already-connected";

    /// <summary>400: a peer cannot ask itself.</summary>
    public const string ToOneself = Prefix + "to-oneself";

    /// <summary>503: the directory cannot be reached, or cannot work now.</summary>
    public const string DirectoryUnavailable = Prefix + "directory-unavailable";

    /// <summary>409: the directory refuses this peer, for instance because of its join token.</summary>
    public const string DirectoryRefused = Prefix + "directory-refused";

    /// <summary>400: the message's text is empty.</summary>
    public const string EmptyText = Prefix + "empty-text";

    /// <summary>409: the name is claimed, but its peer is away.</summary>
    public const string PeerOffline = Prefix + "peer-offline";

    /// <summary>409: a request to that peer is open already.</summary>
    public const string AlreadyAsked = Prefix + "already-asked";

    /// <summary>409: the name has another key than the one that this peer knows it by.</summary>
    public const string KeyChanged = Prefix + "key-changed";

    /// <summary>429: too many messages to that peer wait for an acknowledgement.</summary>
    public const string TooManyUnacknowledged = Prefix + "too-many-unacknowledged";

    /// <summary>429: this peer has as many links as it may have.</summary>
    public const string TooManyLinks = Prefix + "too-many-links";

    /// <summary>502: what the directory answered does not hold.</summary>
    public const string DirectoryNotTrusted = Prefix + "directory-not-trusted";

    /// <summary>422: the <c>Idempotency-Key</c> has sent another text to that peer.</summary>
    public const string IdempotencyKeyReused = Prefix + "idempotency-key-reused";

    /// <summary>409: that peer's name is not pinned, or no warning showed such a key.</summary>
    public const string NothingToTrust = Prefix + "nothing-to-trust";

    /// <summary>409: warnings showed several keys of that peer, and the call must name the one to accept.</summary>
    public const string WhichKey = Prefix + "which-key";

    /// <summary>404: nobody of that name is among the contacts.</summary>
    public const string NotAContact = Prefix + "not-a-contact";

    /// <summary>409: that peer is blocked.</summary>
    public const string Blocked = Prefix + "blocked";

    /// <summary>404: that peer is not blocked.</summary>
    public const string NotBlocked = Prefix + "not-blocked";

    /// <summary>400: what was given has not the form of a safety number.</summary>
    public const string BadSafetyNumber = Prefix + "bad-safety-number";

    /// <summary>400: the nickname is empty, too long, or holds what is no text.</summary>
    public const string BadNickname = Prefix + "bad-nickname";

    /// <summary>507: what was asked for holds while the peer runs, but the data directory cannot be written.</summary>
    public const string NotSaved = Prefix + "not-saved";

    /// <summary>400: the path or the passphrase does not allow a backup, or the peer has nothing to keep.</summary>
    public const string BadBackup = Prefix + "bad-backup";

    /// <summary>409: there is a file already where the backup should be.</summary>
    public const string BackupExists = Prefix + "backup-exists";

    /// <summary>507: the backup cannot be written.</summary>
    public const string BackupFailed = Prefix + "backup-failed";

    /// <summary>507: what was to be kept could not be, for instance because the disk is full.</summary>
    public const string StoreFailed = Prefix + "store-failed";

    /// <summary>404: there is no such message.</summary>
    public const string UnknownMessage = Prefix + "unknown-message";

    /// <summary>404: there is no such setting.</summary>
    public const string UnknownSetting = Prefix + "unknown-setting";

    /// <summary>400: the setting cannot be what was given.</summary>
    public const string BadSetting = Prefix + "bad-setting";
}
