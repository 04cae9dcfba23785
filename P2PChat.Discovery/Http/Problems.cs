using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>The problem details (RFC 9457) that the directory returns. Each detail says what to do next.</summary>
internal static class Problems
{
    public const string LastSequence = "lastSequence";

    public static Problem Malformed(string detail) =>
        New(400, ProblemTypes.MalformedRequest, "Malformed request", detail);

    public static Problem InvalidUsername() =>
        New(400, ProblemTypes.InvalidUsername, "Invalid username", Username.Rule);

    public static Problem ReservedUsername() =>
        New(
            400,
            ProblemTypes.InvalidUsername,
            "Reserved username",
            "The directory uses this name for itself. Choose another."
        );

    public static Problem InvalidRecord(string detail) =>
        New(400, ProblemTypes.InvalidRecord, "Invalid record", detail);

    public static Problem WrongDirectory() =>
        New(
            400,
            ProblemTypes.WrongDirectory,
            "Record for another directory",
            "Get this directory's id from GET /directory, and sign the record again."
        );

    public static Problem ClockSkew(string detail) =>
        New(400, ProblemTypes.ClockSkew, "Record outside its time window", detail);

    public static Problem Refused(RecordException exception) =>
        exception.Error switch
        {
            RecordError.BadSignature => New(403, ProblemTypes.BadSignature, "Invalid signature", exception.Message),
            RecordError.InvalidUsername => New(
                400,
                ProblemTypes.InvalidUsername,
                "Invalid username",
                exception.Message
            ),
            RecordError.Expired or RecordError.ClockSkew => ClockSkew(exception.Message),
            _ => InvalidRecord(exception.Message),
        };

    public static Problem JoinTokenRequired() =>
        New(
            401,
            ProblemTypes.JoinTokenRequired,
            "Missing or wrong join token",
            $"Ask the operator for the join token, and send it in the header {DirectoryHeaders.JoinToken}."
        );

    public static Problem OperatorKeyRequired() =>
        New(
            401,
            ProblemTypes.OperatorKeyRequired,
            "Missing operator key",
            $"Only the operator may do this. Send Directory:OperatorKey in the header {DirectoryHeaders.OperatorKey}."
        );

    public static Problem OperatorKeyWrong() =>
        New(
            403,
            ProblemTypes.OperatorKeyWrong,
            "Wrong operator key",
            "Send the key that this directory was started with (Directory:OperatorKey)."
        );

    public static Problem LeaseTokenUnknown() =>
        New(
            401,
            ProblemTypes.LeaseTokenUnknown,
            "Unknown lease token",
            "The lease has ended or was replaced. Register again with PUT /peers/{username}, and send the new "
                + "leaseToken as bearer."
        );

    public static Problem UnknownPeer() =>
        New(
            404,
            ProblemTypes.UnknownPeer,
            "Unknown peer",
            "Nobody claims this name. Check the spelling, or wait until the peer has registered."
        );

    public static Problem NameTaken() =>
        New(
            409,
            ProblemTypes.NameTaken,
            "Name taken",
            "Another key claims this name. Choose another name. If it is yours, start the peer with the data directory "
                + "that holds its key, or release the name there. Unused names become free after a while."
        );

    public static Problem StaleSequence(long last)
    {
        var problem = New(
            409,
            ProblemTypes.StaleSequence,
            "Stale record",
            "The directory has a newer record. Sign the record again with a sequence above lastSequence."
        );
        problem.Extensions[LastSequence] = last;
        return problem;
    }

    public static Problem TooLarge(int limit) =>
        New(
            413,
            ProblemTypes.TooLarge,
            "Body too large",
            $"The body may have at most {limit} bytes. Register fewer endpoints."
        );

    public static Problem UnsupportedMediaType() =>
        New(
            415,
            ProblemTypes.UnsupportedMediaType,
            "Unsupported media type",
            "Send the body as Content-Type: application/json."
        );

    public static Problem CapabilityUnknown() =>
        New(
            403,
            ProblemTypes.CapabilityUnknown,
            "Unknown capability",
            "The name has no mailbox, or the capability is not valid for it. Connect to its owner to get a new one."
        );

    public static Problem MailboxFull(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.MailboxFull,
            "Mailbox full",
            "Too many envelopes are waiting. Keep this one, and try again after the owner has collected them.",
            retryAfter
        );

    public static Problem TooManyCapabilities(int limit, TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.TooManyCapabilities,
            "Too many capabilities",
            $"A mailbox may have at most {limit} capabilities. Revoke some first, with "
                + "DELETE /peers/{username}/mailbox/capabilities/{hash}.",
            retryAfter
        );

    public static Problem EnvelopeTooLarge(int limit) =>
        New(
            413,
            ProblemTypes.TooLarge,
            "Envelope too large",
            $"An envelope may have at most {limit} bytes. Put fewer messages into one."
        );

    public static Problem NotAnEnvelope() =>
        New(
            415,
            ProblemTypes.UnsupportedMediaType,
            "Unsupported media type",
            "Send the envelope as Content-Type: application/octet-stream."
        );

    public static Problem TooManyRequests(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.TooManyRequests,
            "Too many requests",
            "Slow down, and try again after the number of seconds in Retry-After.",
            retryAfter
        );

    public static Problem TooManyClaims(string detail, TimeSpan retryAfter) =>
        Retryable(429, ProblemTypes.TooManyClaims, "Too many claimed names", detail, retryAfter);

    public static Problem StoreUnavailable(TimeSpan retryAfter) =>
        Retryable(
            503,
            ProblemTypes.StoreUnavailable,
            "Store unavailable",
            "The directory cannot reach its store. Try again after the number of seconds in Retry-After.",
            retryAfter
        );

    /// <summary>The problem for a status that the framework set, not an endpoint.</summary>
    public static Problem ForStatus(int status) =>
        status switch
        {
            404 => New(
                404,
                ProblemTypes.UnknownRoute,
                "Unknown path",
                "This path does not exist. See /openapi/v1.json for all calls."
            ),
            405 => New(
                405,
                ProblemTypes.MethodNotAllowed,
                "Method not allowed",
                "This path does not support that method. The Allow header lists those it does."
            ),
            415 => UnsupportedMediaType(),
            >= 500 => New(
                status,
                ProblemTypes.InternalError,
                "Internal error",
                "The directory failed. Try again; if it fails again, report the traceId to the operator."
            ),
            _ => New(
                status,
                ProblemTypes.MalformedRequest,
                "Malformed request",
                "Compare the request with /openapi/v1.json."
            ),
        };

    public static Problem JoinCodesOff() =>
        New(
            403,
            ProblemTypes.JoinCodesOff,
            "Join codes are turned off",
            "Give the join token to the people you invite, or ask the operator to set Directory:JoinCodes:Enabled."
        );

    public static Problem TooManyInvites(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.TooManyInvites,
            "Too many invites",
            "This key, or this address, has too many join codes. Remove some with DELETE /invites/{codeHash}, or wait "
                + "until they expire.",
            retryAfter
        );

    public static Problem UnknownMember() =>
        New(
            404,
            ProblemTypes.UnknownMember,
            "Unknown member",
            "This key has not joined with a code and has made none. See GET /admin/members."
        );

    public static Problem RequestBoxClosed() =>
        New(
            403,
            ProblemTypes.RequestBoxClosed,
            "Request box closed",
            "This name takes no requests while its peer is away. Try to connect when it is online."
        );

    public static Problem RequestBoxFull(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.RequestBoxFull,
            "Request box full",
            "Too many requests are waiting for this name. Try again after its owner has been online.",
            retryAfter
        );

    public static Problem New(int status, string type, string title, string detail) =>
        new(status, type, title, detail)
        {
            Challenge = type switch
            {
                ProblemTypes.JoinTokenRequired => "P2PChat-Join-Token realm=\"p2pchat\"",
                ProblemTypes.OperatorKeyRequired => "P2PChat-Operator-Key realm=\"p2pchat\"",
                ProblemTypes.LeaseTokenUnknown or ProblemTypes.SessionTokenUnknown =>
                    "Bearer realm=\"p2pchat\", error=\"invalid_token\"",
                _ => null,
            },
        };

    public static Problem Retryable(int status, string type, string title, string detail, TimeSpan retryAfter) =>
        new(status, type, title, detail) { RetryAfter = retryAfter };
}
