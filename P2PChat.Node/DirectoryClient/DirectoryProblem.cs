using System.Globalization;
using System.Net;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Turns an unsuccessful response into a <see cref="DirectoryException"/>. The response may be problem details (RFC
/// 9457), or anything that a proxy or another server sends.
/// </summary>
internal static class DirectoryProblem
{
    // Enough for a sentence, but not for a page.
    private const int MaxDetailLength = 300;

    public static async Task<DirectoryException> ReadAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        // Read bytes, because JSON is UTF-8 whatever character set the response claims.
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var (type, detail, lastSequence) = Parse(body);
        var retryAfter = response.Headers.RetryAfter?.Delta;
        var status = (int)response.StatusCode;
        return (type, response.StatusCode) switch
        {
            (ProblemTypes.JoinTokenRequired, _) => new(
                DirectoryFailure.NotAdmitted,
                "The directory requires a join token, and this peer has none or a wrong one. "
                    + "Start the peer with the directory's join token, or ask for an invite."
            ),
            (ProblemTypes.LeaseTokenUnknown, _) => LeaseGone(),
            (ProblemTypes.UnknownPeer, _) => new(
                DirectoryFailure.UnknownPeer,
                "No peer in the directory has that name."
            ),
            (ProblemTypes.StaleSequence, _) => new(
                DirectoryFailure.StaleSequence,
                "The directory has a newer record of this peer."
            )
            {
                LastSequence = lastSequence,
            },
            (ProblemTypes.WrongDirectory, _) => new(
                DirectoryFailure.WrongDirectory,
                "The directory at this address is not the same one as before."
            ),
            (ProblemTypes.CapabilityUnknown, _) => CapabilityUnknown(),
            (ProblemTypes.MailboxFull, _) => new(
                DirectoryFailure.MailboxFull,
                "That peer's mailbox is full. It must collect its mail first."
            )
            {
                RetryAfter = retryAfter,
            },
            _ when FileProblem.Find(type, response, retryAfter) is { } failure => failure,
            // A range is only asked for within the announced size, so the directory has another file.
            (_, HttpStatusCode.RequestedRangeNotSatisfiable) => FileProblem.Damaged(),
            (ProblemTypes.JoinCodesOff, _) => new(
                DirectoryFailure.JoinCodesOff,
                "This directory does not let invites replace its join token. "
                    + "Send the join token together with the link, or ask the directory's operator."
            ),
            (ProblemTypes.TooManyInvites, _) => new(
                DirectoryFailure.TooManyInvites,
                "This peer, or its address, has too many open invites on this directory. Revoke some, or wait."
            )
            {
                RetryAfter = retryAfter,
            },
            (ProblemTypes.RequestBoxClosed, _) => new(
                DirectoryFailure.RequestBoxClosed,
                "That peer takes no requests while it is away. Try again when it is online."
            ),
            (ProblemTypes.RequestBoxFull, _) => new(
                DirectoryFailure.RequestBoxFull,
                "Too many requests already wait for that peer. Try again after it has been online."
            )
            {
                RetryAfter = retryAfter,
            },
            (ProblemTypes.PeerOffline, _) => new(DirectoryFailure.PeerOffline, "That peer is not online."),
            (ProblemTypes.KeyChanged, _) => new(DirectoryFailure.OtherKey, "That name now belongs to a different key."),
            (ProblemTypes.TooManySessions, _) => new(
                DirectoryFailure.TooManySessions,
                "Too many peers are trying to connect through the directory. Try again in a minute."
            )
            {
                RetryAfter = retryAfter,
            },
            (ProblemTypes.RelayOff, _) => new(
                DirectoryFailure.RelayUnavailable,
                "The directory offers no relay. Ask its operator to turn it on."
            ),
            (ProblemTypes.UpgradeRequired, _) => new(
                DirectoryFailure.RelayUnavailable,
                "A proxy in front of the directory blocks WebSockets. Ask the directory's operator to allow "
                    + "WebSocket upgrades."
            ),
            (ProblemTypes.ReplicaUnavailable, _) => new(
                DirectoryFailure.SessionGone,
                "The replica of the directory that holds this attempt to connect cannot be reached. Try again."
            ),
            (ProblemTypes.SessionTokenUnknown, _) => new(
                DirectoryFailure.SessionGone,
                "The directory no longer knows this attempt to connect. Try again."
            ),
            (ProblemTypes.TooManyCapabilities, _) => Refused(
                detail ?? "This peer's mailbox is open to the largest possible number of contacts."
            ),
            (ProblemTypes.NameTaken, _) => new(
                DirectoryFailure.NameTaken,
                detail
                    ?? "Another key claims this name. Choose another name, or start the peer with the data directory "
                        + "that contains its key."
            ),
            (ProblemTypes.ClockSkew, _) => new(
                DirectoryFailure.ClockSkew,
                "This machine's clock differs from the directory's by more than 5 minutes. "
                    + "Set the clock; the peer then registers automatically."
            ),
            (ProblemTypes.StoreUnavailable, _) => Unreachable(
                "The directory cannot reach its store. This peer tries again automatically.",
                retryAfter
            ),
            (ProblemTypes.TooManyRequests, _) => Unreachable(
                "The directory has received too many requests from this address. This peer tries again automatically.",
                retryAfter
            ),
            (ProblemTypes.TooManyClaims, _) => Unreachable(
                detail
                    ?? "Too many names are claimed from this address. "
                        + "Wait a while, or use a name that you already have.",
                retryAfter
            ),
            // A P2PChat directory, but at a different path.
            (ProblemTypes.UnknownRoute or ProblemTypes.MethodNotAllowed, _) => new(
                DirectoryFailure.Refused,
                NotFromDirectory(response.StatusCode, retryAfter).Message
            )
            {
                IsUnknownCall = true,
            },
            ({ Length: > 0 }, >= HttpStatusCode.InternalServerError) => Unreachable(
                $"The directory failed ({status}). This peer tries again automatically. See the directory's log.",
                retryAfter
            ),
            ({ Length: > 0 }, _) => Refused(
                detail
                    ?? $"The directory refused a request ({status}). "
                        + "Check that the directory and this peer have the same version."
            ),
            _ => NotFromDirectory(response.StatusCode, retryAfter),
        };
    }

    public static DirectoryException CapabilityUnknown() =>
        new(
            DirectoryFailure.CapabilityUnknown,
            "That peer does not accept mail from this one. Connect to it again to get a new capability."
        );

    public static DirectoryException LeaseGone(Exception? cause = null) =>
        new(DirectoryFailure.LeaseGone, "The directory no longer knows this peer's lease.", cause);

    private static DirectoryException NotFromDirectory(HttpStatusCode status, TimeSpan? retryAfter) =>
        status switch
        {
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                Unreachable(
                    $"A proxy or gateway between this peer and the directory answered {(int)status}. "
                        + "Check that the directory is running and that the proxy can reach it.",
                    retryAfter
                ),
            HttpStatusCode.TooManyRequests => Unreachable(
                "A proxy or gateway in front of the directory has received too many requests. "
                    + "This peer tries again automatically.",
                retryAfter
            ),
            HttpStatusCode.ProxyAuthenticationRequired => Refused(
                "The proxy requires a user name and password (407). "
                    + "Put them into HTTP_PROXY or HTTPS_PROXY, or add the directory to NO_PROXY."
            ),
            >= HttpStatusCode.InternalServerError => Unreachable(
                $"The server at the directory's address failed ({(int)status}) and is not a P2PChat directory. "
                    + "Check the address.",
                retryAfter
            ),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused(
                $"A server or proxy in front of the directory refused access ({(int)status}). "
                    + "Check the directory's address, or ask its operator."
            ),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => Refused(
                $"The server at the directory's address redirected the request ({(int)status}). "
                    + "Use the directory's own address."
            ),
            _ => Refused(
                $"The server at the directory's address is not a P2PChat directory ({(int)status}). Check the address."
            ),
        };

    private static DirectoryException Refused(string message) => new(DirectoryFailure.Refused, message);

    private static DirectoryException Unreachable(string message, TimeSpan? retryAfter) =>
        new(DirectoryFailure.Unreachable, message) { RetryAfter = retryAfter };

    private static (string Type, string? Detail, ulong LastSequence) Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                return ("", null, 0);
            }

            return (
                Text("type") is { } type && ProblemTypes.IsOurs(type) ? type : "",
                Clean(Text("detail") ?? Text("title")),
                Number("lastSequence")
            );

            string? Text(string name) =>
                json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;

            ulong Number(string name) =>
                json.RootElement.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.Number
                && value.TryGetUInt64(out var number)
                    ? number
                    : 0;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string with an unpaired surrogate, which fails only when it is read.
            return ("", null, 0);
        }
    }

    // The text may end up on a terminal: no line breaks, no escape sequences, no change of the text direction.
    private static bool IsShown(char character) =>
        char.GetUnicodeCategory(character)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
            );

    private static string? Clean(string? detail)
    {
        if (string.IsNullOrWhiteSpace(detail))
        {
            return null;
        }

        var text = new string([.. detail.Where(IsShown)]);
        return text.Length <= MaxDetailLength ? text : text[..MaxDetailLength] + "…";
    }
}
