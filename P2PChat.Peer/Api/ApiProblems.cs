using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>Each problem that the local API answers (RFC 9457). The detail is a sentence that says what to do.</summary>
internal static class ApiProblems
{
    public static Problem Of(PeerException exception)
    {
        var (status, type, title) = exception.Error switch
        {
            PeerError.InvalidUsername => (400, ProblemTypes.InvalidUsername, "The username breaks the rule"),
            PeerError.ToOneself => (400, ProblemTypes.ToOneself, "That is this peer itself"),
            PeerError.UnknownPeer => (404, ProblemTypes.UnknownPeer, "Nobody claims this name"),
            PeerError.PeerOffline => (409, ProblemTypes.PeerOffline, "That peer is away"),
            PeerError.AlreadyConnected => (409, ProblemTypes.AlreadyConnected, "The two are connected already"),
            PeerError.AlreadyAsked => (409, ProblemTypes.AlreadyAsked, "A request is open already"),
            PeerError.NotConnected => (409, ProblemTypes.NotConnected, "The two are not connected"),
            PeerError.ShuttingDown => (503, ProblemTypes.ShuttingDown, "This peer is shutting down"),
            PeerError.NoRequest => (404, ProblemTypes.NoRequest, "There is no open request from that peer"),
            PeerError.BadText => (413, ProblemTypes.TooLarge, "The text is too long"),
            PeerError.TooManyUnacknowledged => (
                429,
                ProblemTypes.TooManyUnacknowledged,
                "Too many messages wait for an acknowledgement"
            ),
            PeerError.TooManyLinks => (429, ProblemTypes.TooManyLinks, "This peer has as many links as it may have"),
            PeerError.DirectoryUnavailable => (503, ProblemTypes.DirectoryUnavailable, "The directory is unavailable"),
            PeerError.NameTaken => (409, ProblemTypes.NameTaken, "Another key claims this peer's name"),
            PeerError.DirectoryRefused => (409, ProblemTypes.DirectoryRefused, "The directory refuses this peer"),
            PeerError.KeyChanged => (409, ProblemTypes.KeyChanged, "The name has another key than before"),
            PeerError.DirectoryNotTrusted => (
                502,
                ProblemTypes.DirectoryNotTrusted,
                "The directory's answer does not hold"
            ),
            PeerError.KeyReused => (
                422,
                ProblemTypes.IdempotencyKeyReused,
                "The Idempotency-Key has sent another text"
            ),
            PeerError.NothingToTrust => (409, ProblemTypes.NothingToTrust, "There is no other key to trust"),
            PeerError.WhichKey => (409, ProblemTypes.WhichKey, "Several new keys have been seen"),
            PeerError.NotAContact => (404, ProblemTypes.NotAContact, "That peer is not among the contacts"),
            PeerError.Blocked => (409, ProblemTypes.Blocked, "That peer is blocked"),
            PeerError.NotBlocked => (404, ProblemTypes.NotBlocked, "That peer is not blocked"),
            PeerError.BadSafetyNumber => (400, ProblemTypes.BadSafetyNumber, "That is not a safety number"),
            PeerError.BadNickname => (400, ProblemTypes.BadNickname, "That is not a nickname"),
            PeerError.NotSaved => (507, ProblemTypes.NotSaved, "The data directory cannot be written"),
            PeerError.BadBackup => (400, ProblemTypes.BadBackup, "There can be no such backup"),
            PeerError.BackupExists => (409, ProblemTypes.BackupExists, "The file is there already"),
            PeerError.BackupFailed => (507, ProblemTypes.BackupFailed, "The backup cannot be written"),
            PeerError.StoreFailed => (507, ProblemTypes.StoreFailed, "The store does not take it"),
            PeerError.UnknownMessage => (404, ProblemTypes.UnknownMessage, "There is no such message"),
            PeerError.UnknownSetting => (404, ProblemTypes.UnknownSetting, "There is no such setting"),
            PeerError.BadSetting => (400, ProblemTypes.BadSetting, "The setting cannot be that"),
            _ => (500, ProblemTypes.InternalError, "The peer failed"),
        };
        return New(status, type, title, exception.Message);
    }

    public static Problem Malformed(string detail) =>
        New(400, ProblemTypes.MalformedRequest, "The request cannot be read", detail);

    public static Problem EmptyText() =>
        New(400, ProblemTypes.EmptyText, "The text is empty", "Give a text of at least one character.");

    public static Problem TokenRequired() =>
        New(
            401,
            ProblemTypes.ApiTokenRequired,
            "The API token is missing or wrong",
            $"Send the content of the file {ApiFileNames.Token} in the peer's data directory, as bearer token."
        );

    public static Problem ForeignHost() =>
        New(
            403,
            ProblemTypes.ForeignHost,
            "That is not this peer's address",
            "Call the API as localhost, 127.0.0.1 or [::1], and from no other web page than its own."
        );

    public static Problem ForeignPage(Uri home) =>
        New(
            403,
            ProblemTypes.ForeignHost,
            "That is not this peer's page",
            $"Open {home} itself, by that address and from no other page."
        );

    public static Problem SignInRequired() =>
        New(
            401,
            ProblemTypes.SignInRequired,
            "This browser is not signed in",
            "Open a sign-in link, which the console command 'web' prints."
        );

    public static Problem BodyTooLarge() =>
        TooLarge($"A body may have {LocalApi.MaxBodyBytes} bytes: send less at once.");

    public static Problem TooLarge(string detail) =>
        New(413, ProblemTypes.TooLarge, "The request is too large", detail);

    public static Problem TooManyRequests() =>
        New(
            429,
            ProblemTypes.TooManyRequests,
            "Too many requests",
            "Slow down, and try again after the seconds that Retry-After says."
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
            413 => BodyTooLarge(),
            415 => New(
                415,
                ProblemTypes.UnsupportedMediaType,
                "The body is not JSON",
                "Send the body as Content-Type: application/json."
            ),
            >= 500 => New(
                status,
                ProblemTypes.InternalError,
                "The peer failed",
                "Try again; the peer's log has more under the traceId."
            ),
            _ => New(
                status,
                ProblemTypes.MalformedRequest,
                "The request cannot be read",
                "Its body or a parameter is missing or malformed: see /openapi/v1.json."
            ),
        };

    private static Problem New(int status, string type, string title, string detail) =>
        new(status, type, title, detail)
        {
            RetryAfter = status is 429 or 503 ? TimeSpan.FromSeconds(1) : null,
            Challenge = status == 401 ? "Bearer realm=\"p2pchat\"" : null,
        };
}
