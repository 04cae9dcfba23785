using P2PChat.Node.Model;

namespace P2PChat.Node.DirectoryClient;

/// <summary>How a call to the directory failed.</summary>
internal enum DirectoryFailure
{
    /// <summary>No answer: it is not there, or too slow, or its store is away. It is worth trying again soon.</summary>
    Unreachable,

    /// <summary>Nobody claims the name (404).</summary>
    UnknownPeer,

    /// <summary>The lease token is unknown, or the lease has gone (401, 404): register anew.</summary>
    LeaseGone,

    /// <summary>The sequence is not above the last one (409).</summary>
    StaleSequence,

    /// <summary>The record names another directory (400): ask for the id again.</summary>
    WrongDirectory,

    /// <summary>The capability lets nobody in there, or no longer; or the name has no mailbox (403).</summary>
    CapabilityUnknown,

    /// <summary>A quota of the mailbox is used up (429): its owner has to collect first.</summary>
    MailboxFull,

    /// <summary>Another key claims this peer's name (409).</summary>
    NameTaken,

    /// <summary>The record's times are too far from the directory's clock (400). Either clock may be wrong.</summary>
    ClockSkew,

    /// <summary>The directory refuses the call, and will do so again until something is changed.</summary>
    Refused,
}

/// <summary>A call to the directory failed. The message is a sentence for a person.</summary>
internal sealed class DirectoryException(DirectoryFailure failure, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public DirectoryFailure Failure { get; } = failure;

    /// <summary>Converts to the exception that the person sees.</summary>
    public PeerException ToPeerException() => ToPeerException(Failure, Message);

    /// <param name="failure">How the directory refuses or fails this peer.</param>
    public static PeerException ToPeerException(DirectoryFailure failure, string sentence) =>
        new(
            failure switch
            {
                DirectoryFailure.NameTaken => PeerError.NameTaken,
                DirectoryFailure.Refused or DirectoryFailure.ClockSkew => PeerError.DirectoryRefused,
                _ => PeerError.DirectoryUnavailable,
            },
            sentence
        );

    /// <summary>With <see cref="DirectoryFailure.StaleSequence"/>: the last sequence that the directory knows.</summary>
    public ulong LastSequence { get; init; }

    /// <summary>When to try again, if the directory said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
