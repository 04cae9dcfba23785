using P2PChat.Discovery.Admin;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>Each problem that the directory answers (RFC 9457). The detail is a sentence that says what to do.</summary>
internal static class Problems
{
    public const string LastSequence = "lastSequence";

    public static Problem Malformed(string detail) =>
        New(400, ProblemTypes.MalformedRequest, "The request cannot be read", detail);

    public static Problem InvalidUsername() =>
        New(400, ProblemTypes.InvalidUsername, "The username breaks the rule", Username.Rule);

    public static Problem ReservedUsername() =>
        New(
            400,
            ProblemTypes.InvalidUsername,
            "The username is reserved",
            "The directory uses this name itself: choose another."
        );

    public static Problem InvalidRecord(string detail) =>
        New(400, ProblemTypes.InvalidRecord, "The record is not accepted", detail);

    public static Problem WrongDirectory() =>
        New(
            400,
            ProblemTypes.WrongDirectory,
            "The record is for another directory",
            "Ask GET /directory for this directory's id and sign the record anew."
        );

    public static Problem ClockSkew(string detail) =>
        New(400, ProblemTypes.ClockSkew, "The record is out of time", detail);

    public static Problem Refused(RecordException exception) =>
        exception.Error switch
        {
            RecordError.BadSignature => New(
                403,
                ProblemTypes.BadSignature,
                "The signature does not fit",
                exception.Message
            ),
            RecordError.InvalidUsername => New(
                400,
                ProblemTypes.InvalidUsername,
                "The username breaks the rule",
                exception.Message
            ),
            RecordError.Expired or RecordError.ClockSkew => ClockSkew(exception.Message),
            _ => InvalidRecord(exception.Message),
        };

    public static Problem JoinTokenRequired() =>
        New(
            401,
            ProblemTypes.JoinTokenRequired,
            "The join token is missing or wrong",
            $"Ask whoever runs this directory for its join token, and send it in the header {JoinTokenMiddleware.Header}."
        );

    public static Problem OperatorKeyRequired() =>
        New(
            401,
            ProblemTypes.OperatorKeyRequired,
            "The operator's key is missing",
            $"This call is for whoever runs this directory: send its Directory:OperatorKey in the header {RemoveClaim.KeyHeader}."
        );

    public static Problem OperatorKeyWrong() =>
        New(
            403,
            ProblemTypes.OperatorKeyWrong,
            "The operator's key is wrong",
            "Send the key that this directory was started with (Directory:OperatorKey)."
        );

    public static Problem LeaseTokenUnknown() =>
        New(
            401,
            ProblemTypes.LeaseTokenUnknown,
            "The lease token is not known",
            "The lease has ended or was replaced: register anew with PUT /peers/{username}, and send the new leaseToken as bearer."
        );

    public static Problem UnknownPeer() =>
        New(
            404,
            ProblemTypes.UnknownPeer,
            "Nobody claims this name",
            "Check the spelling; a peer is known once it has registered."
        );

    public static Problem NameTaken() =>
        New(
            409,
            ProblemTypes.NameTaken,
            "The name is taken",
            "Another key claims this name: choose another name. If it is yours, start the peer with the data directory that holds its key, or release the name there; an unused name becomes free by itself."
        );

    public static Problem StaleSequence(long last)
    {
        var problem = New(
            409,
            ProblemTypes.StaleSequence,
            "A newer record is known",
            "Sign the record anew, with a sequence above lastSequence."
        );
        problem.Extensions[LastSequence] = last;
        return problem;
    }

    public static Problem TooLarge(int limit) =>
        New(
            413,
            ProblemTypes.TooLarge,
            "The body is too large",
            $"A body may have {limit} bytes: name fewer endpoints."
        );

    public static Problem UnsupportedMediaType() =>
        New(
            415,
            ProblemTypes.UnsupportedMediaType,
            "The body is not JSON",
            "Send the body as Content-Type: application/json."
        );

    public static Problem CapabilityUnknown() =>
        New(
            403,
            ProblemTypes.CapabilityUnknown,
            "The capability is not known",
            "That name has no mailbox, or this capability does not hold for it (any more): ask its owner for another, by connecting."
        );

    public static Problem MailboxFull(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.MailboxFull,
            "The mailbox takes no more",
            "Too much waits there already: keep the envelope, and try again once its owner has been there to collect.",
            retryAfter
        );

    public static Problem TooManyCapabilities(int limit, TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.TooManyCapabilities,
            "The mailbox has given out too many capabilities",
            $"A mailbox may give out {limit}: take some back first, with DELETE /peers/{{username}}/mailbox/capabilities/{{hash}}.",
            retryAfter
        );

    public static Problem EnvelopeTooLarge(int limit) =>
        New(
            413,
            ProblemTypes.TooLarge,
            "The envelope is too large",
            $"An envelope may have {limit} bytes: send fewer messages in one."
        );

    public static Problem NotAnEnvelope() =>
        New(
            415,
            ProblemTypes.UnsupportedMediaType,
            "The body is no envelope",
            "Send the envelope as Content-Type: application/octet-stream."
        );

    public static Problem TooManyRequests(TimeSpan retryAfter) =>
        Retryable(
            429,
            ProblemTypes.TooManyRequests,
            "Too many requests",
            "Slow down, and try again after the seconds that Retry-After says.",
            retryAfter
        );

    public static Problem TooManyClaims(string detail, TimeSpan retryAfter) =>
        Retryable(429, ProblemTypes.TooManyClaims, "Too many names are claimed", detail, retryAfter);

    public static Problem StoreUnavailable(TimeSpan retryAfter) =>
        Retryable(
            503,
            ProblemTypes.StoreUnavailable,
            "The directory cannot reach its store",
            "Try again after the seconds that Retry-After says; the directory recovers by itself.",
            retryAfter
        );

    /// <summary>What a status means that something else than an endpoint chose.</summary>
    public static Problem ForStatus(int status) =>
        status switch
        {
            404 => New(
                404,
                ProblemTypes.UnknownRoute,
                "There is nothing at this address",
                "See /openapi/v1.json for the calls that there are."
            ),
            405 => New(
                405,
                ProblemTypes.MethodNotAllowed,
                "This address does not take that method",
                "The header Allow names those that it takes."
            ),
            415 => UnsupportedMediaType(),
            >= 500 => New(
                status,
                ProblemTypes.InternalError,
                "The directory failed",
                "Try again; if it stays so, tell whoever runs this directory the traceId."
            ),
            _ => New(
                status,
                ProblemTypes.MalformedRequest,
                "The request cannot be read",
                "Check it against /openapi/v1.json."
            ),
        };

    private static Problem New(int status, string type, string title, string detail) =>
        new(status, type, title, detail)
        {
            Challenge = type switch
            {
                ProblemTypes.JoinTokenRequired => "P2PChat-Join-Token realm=\"p2pchat\"",
                ProblemTypes.OperatorKeyRequired => "P2PChat-Operator-Key realm=\"p2pchat\"",
                ProblemTypes.LeaseTokenUnknown => "Bearer realm=\"p2pchat\", error=\"invalid_token\"",
                _ => null,
            },
        };

    private static Problem Retryable(int status, string type, string title, string detail, TimeSpan retryAfter) =>
        new(status, type, title, detail) { RetryAfter = retryAfter };
}
