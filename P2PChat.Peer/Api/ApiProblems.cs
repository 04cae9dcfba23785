using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>The local API's problems (RFC 9457). The detail says what to do.</summary>
internal static class ApiProblems
{
    public static Problem Of(PeerException exception)
    {
        var (status, type, title) = exception.Error switch
        {
            PeerError.InvalidUsername => (400, ProblemTypes.InvalidUsername, "Invalid username"),
            PeerError.ToOneself => (400, ProblemTypes.ToOneself, "The username is this peer's own"),
            PeerError.UnknownPeer => (404, ProblemTypes.UnknownPeer, "Unknown peer"),
            PeerError.PeerOffline => (409, ProblemTypes.PeerOffline, "The peer is offline"),
            PeerError.AlreadyConnected => (409, ProblemTypes.AlreadyConnected, "Already connected"),
            PeerError.AlreadyAsked => (409, ProblemTypes.AlreadyAsked, "A request is already open"),
            PeerError.NotConnected => (409, ProblemTypes.NotConnected, "Not connected"),
            PeerError.ShuttingDown => (503, ProblemTypes.ShuttingDown, "This peer is shutting down"),
            PeerError.NoRequest => (404, ProblemTypes.NoRequest, "No open request from that peer"),
            PeerError.BadText => (413, ProblemTypes.TooLarge, "The text is too long"),
            PeerError.TooManyUnacknowledged => (
                429,
                ProblemTypes.TooManyUnacknowledged,
                "Too many unacknowledged messages"
            ),
            PeerError.TooManyLinks => (429, ProblemTypes.TooManyLinks, "Too many connections"),
            PeerError.DirectoryUnavailable => (503, ProblemTypes.DirectoryUnavailable, "The directory is unavailable"),
            PeerError.NameTaken => (409, ProblemTypes.NameTaken, "The name belongs to another key"),
            PeerError.DirectoryRefused => (409, ProblemTypes.DirectoryRefused, "The directory refuses this peer"),
            PeerError.JoinTokenRequired => (409, ProblemTypes.JoinTokenRequired, "The directory requires a join token"),
            PeerError.KeyChanged => (409, ProblemTypes.KeyChanged, "The peer's key has changed"),
            PeerError.DirectoryNotTrusted => (
                502,
                ProblemTypes.DirectoryNotTrusted,
                "The directory's answer is not authentic"
            ),
            PeerError.KeyReused => (
                422,
                ProblemTypes.IdempotencyKeyReused,
                "The Idempotency-Key was used for another message"
            ),
            PeerError.NothingToTrust => (409, ProblemTypes.NothingToTrust, "No other key to trust"),
            PeerError.WhichKey => (409, ProblemTypes.WhichKey, "Several new keys to choose from"),
            PeerError.NotAContact => (404, ProblemTypes.NotAContact, "Not a contact"),
            PeerError.Blocked => (409, ProblemTypes.Blocked, "The peer is blocked"),
            PeerError.NotBlocked => (404, ProblemTypes.NotBlocked, "The peer is not blocked"),
            PeerError.BadSafetyNumber => (400, ProblemTypes.BadSafetyNumber, "Invalid safety number"),
            PeerError.BadNickname => (400, ProblemTypes.BadNickname, "Invalid nickname"),
            PeerError.BadDisplayName => (400, ProblemTypes.BadDisplayName, "Invalid display name"),
            PeerError.BadPicture => (400, ProblemTypes.BadPicture, "Invalid picture"),
            PeerError.NoPicture => (404, ProblemTypes.NoPicture, "No picture"),
            PeerError.NotSaved => (507, ProblemTypes.NotSaved, "The data directory cannot be written"),
            PeerError.BadBackup => (400, ProblemTypes.BadBackup, "Invalid backup"),
            PeerError.BackupExists => (409, ProblemTypes.BackupExists, "The backup file already exists"),
            PeerError.BackupFailed => (507, ProblemTypes.BackupFailed, "The backup cannot be written"),
            PeerError.StoreFailed => (507, ProblemTypes.StoreFailed, "The store failed"),
            PeerError.UnknownMessage => (404, ProblemTypes.UnknownMessage, "Unknown message"),
            PeerError.NotYourMessage => (403, ProblemTypes.NotYourMessage, "Not your message"),
            PeerError.MessageDeleted => (410, ProblemTypes.MessageDeleted, "The message was deleted"),
            PeerError.NotEditable => (409, ProblemTypes.NotEditable, "The message can no longer be edited"),
            PeerError.BadTimer => (400, ProblemTypes.BadTimer, "Time not allowed"),
            PeerError.NotAnEmoji => (400, ProblemTypes.NotAnEmoji, "Not an emoji"),
            PeerError.AmbiguousMessage => (409, ProblemTypes.AmbiguousMessage, "Ambiguous message id"),
            PeerError.UnknownFile => (404, ProblemTypes.UnknownFile, "Unknown file"),
            PeerError.FileRefused => (409, ProblemTypes.FileRefused, "File operation refused"),
            PeerError.UnknownSetting => (404, ProblemTypes.UnknownSetting, "Unknown setting"),
            PeerError.BadSetting => (400, ProblemTypes.BadSetting, "Invalid value for the setting"),
            PeerError.BadInvite => (400, ProblemTypes.BadInvite, "Invalid invite link"),
            PeerError.OwnInvite => (400, ProblemTypes.OwnInvite, "The invite is this peer's own"),
            PeerError.OtherDirectory => (409, ProblemTypes.OtherDirectory, "The invite is for another directory"),
            PeerError.InviterKeyChanged => (
                409,
                ProblemTypes.InviterKeyChanged,
                "The directory's key differs from the one in the invite"
            ),
            PeerError.CannotInvite => (400, ProblemTypes.CannotInvite, "This invite cannot be made"),
            PeerError.UnknownInvite => (404, ProblemTypes.UnknownInvite, "Unknown invite"),
            PeerError.UnknownRoom => (404, ProblemTypes.UnknownRoom, "Unknown room"),
            PeerError.AmbiguousRoom => (409, ProblemTypes.AmbiguousRoom, "Several rooms have that name"),
            PeerError.NotInRoom => (409, ProblemTypes.NotInRoom, "Not a member of the room"),
            PeerError.UnknownMember => (404, ProblemTypes.UnknownRoomMember, "Unknown room member"),
            PeerError.AmbiguousMember => (
                409,
                ProblemTypes.AmbiguousRoomMember,
                "Several members of the room have that name"
            ),
            PeerError.NotAllowedInRoom => (403, ProblemTypes.NotAllowedInRoom, "Not allowed in the room"),
            PeerError.BadRoomName => (400, ProblemTypes.BadRoomName, "Invalid room name"),
            PeerError.NoRooms => (409, ProblemTypes.NoRooms, "The peer's version does not support rooms"),
            PeerError.TooManyRooms => (429, ProblemTypes.TooManyRooms, "Too many rooms"),
            PeerError.CheckRunning => (429, ProblemTypes.CheckRunning, "A connection check is running"),
            PeerError.TooManyInvites => (429, ProblemTypes.TooManyInvites, "Too many open invites"),
            _ => (500, ProblemTypes.InternalError, "The peer failed"),
        };
        return New(status, type, title, exception.Message);
    }

    public static Problem Malformed(string detail) =>
        New(400, ProblemTypes.MalformedRequest, "The request cannot be read", detail);

    public static Problem EmptyText() =>
        New(400, ProblemTypes.EmptyText, "The text is empty", "Send a text of at least one character.");

    public static Problem TokenRequired() =>
        New(
            401,
            ProblemTypes.ApiTokenRequired,
            "The API token is missing or wrong",
            $"Send the content of {ApiFileNames.Token}, in the peer's data directory, as a bearer token."
        );

    public static Problem ForeignHost() =>
        New(
            403,
            ProblemTypes.ForeignHost,
            "Foreign host or origin",
            "Call the API as localhost, 127.0.0.1 or [::1]. Other web pages cannot call it."
        );

    public static Problem ForeignPage(Uri home) =>
        New(
            403,
            ProblemTypes.ForeignHost,
            "Foreign host or origin",
            $"Open {home} directly. Other addresses and other web pages are refused."
        );

    public static Problem SignInRequired() =>
        New(
            401,
            ProblemTypes.SignInRequired,
            "This browser is not signed in",
            "Sign in again with a new sign-in link."
        );

    public static Problem BodyTooLarge() =>
        TooLarge($"The body may have at most {LocalApi.MaxBodyBytes} bytes. Send less.");

    public static Problem TooLarge(string detail) =>
        New(413, ProblemTypes.TooLarge, "The request is too large", detail);

    public static Problem TooManyRequests() =>
        New(
            429,
            ProblemTypes.TooManyRequests,
            "Too many requests",
            "Slow down. Try again after the time in Retry-After."
        );

    /// <summary>The problem for a status that no endpoint has set.</summary>
    public static Problem ForStatus(int status) =>
        status switch
        {
            404 => New(404, ProblemTypes.UnknownRoute, "Not found", "See /openapi/v1.json for the available calls."),
            405 => New(
                405,
                ProblemTypes.MethodNotAllowed,
                "Method not allowed",
                "The Allow header lists the allowed methods."
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
                "Try again. The peer's log has details under this traceId."
            ),
            _ => New(
                status,
                ProblemTypes.MalformedRequest,
                "The request cannot be read",
                "The body or a parameter is missing or malformed. See /openapi/v1.json."
            ),
        };

    private static Problem New(int status, string type, string title, string detail) =>
        new(status, type, title, detail)
        {
            RetryAfter = status is 429 or 503 ? TimeSpan.FromSeconds(1) : null,
            Challenge = status == 401 ? "Bearer realm=\"p2pchat\"" : null,
        };
}
