using System.Globalization;
using System.Net;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Reads what the directory answers instead of what was asked for: problem details (RFC 9457), or anything at all.</summary>
internal static class DirectoryProblem
{
    // A sentence fits; a page does not.
    private const int MaxDetail = 300;

    public static async Task<DirectoryException> ReadAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        // As bytes: whatever character set the answer claims, JSON is UTF-8.
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var (type, detail, lastSequence) = Parse(body);
        var wait = response.Headers.RetryAfter?.Delta;
        var status = (int)response.StatusCode;
        return (type, response.StatusCode) switch
        {
            (ProblemTypes.JoinTokenRequired, _) => Refused(
                "The directory wants a join token, and this peer has none or a wrong one: set Peer:JoinToken (Peer__JoinToken in the environment) to the directory's."
            ),
            (ProblemTypes.LeaseTokenUnknown, _) => new(
                DirectoryFailure.LeaseGone,
                "The directory does not know this peer's lease any more."
            ),
            (ProblemTypes.UnknownPeer, _) => new(
                DirectoryFailure.UnknownPeer,
                "Nobody has that name in the directory."
            ),
            (ProblemTypes.StaleSequence, _) => new(
                DirectoryFailure.StaleSequence,
                "The directory knows a newer record of this peer."
            )
            {
                LastSequence = lastSequence,
            },
            (ProblemTypes.WrongDirectory, _) => new(
                DirectoryFailure.WrongDirectory,
                "The directory at this address is another one than before."
            ),
            (ProblemTypes.CapabilityUnknown, _) => new(
                DirectoryFailure.CapabilityUnknown,
                "That peer takes no mail from this one: connect to it again, that it lets this one in."
            ),
            (ProblemTypes.MailboxFull, _) => new(
                DirectoryFailure.MailboxFull,
                "Too much mail waits for that peer: it has to come and collect first."
            )
            {
                RetryAfter = wait,
            },
            (ProblemTypes.TooManyCapabilities, _) => Refused(
                detail ?? "This peer's mailbox lets in as many contacts as it may."
            ),
            (ProblemTypes.NameTaken, _) => new(
                DirectoryFailure.NameTaken,
                detail
                    ?? "Another key claims this name. Choose another name, or start the peer with the data directory that holds its key."
            ),
            (ProblemTypes.ClockSkew, _) => new(
                DirectoryFailure.ClockSkew,
                "This machine's clock differs from the directory's by more than 5 minutes. Set the clock, and the peer registers automatically."
            ),
            (ProblemTypes.StoreUnavailable, _) => Unreachable(
                "The directory cannot reach its store. This peer tries again automatically.",
                wait
            ),
            (ProblemTypes.TooManyRequests, _) => Unreachable(
                "The directory has had too many calls from this address. This peer tries again automatically.",
                wait
            ),
            (ProblemTypes.TooManyClaims, _) => Unreachable(
                detail
                    ?? "Too many names are claimed from this address. Wait a while, or use a name that you already have.",
                wait
            ),
            // A P2PChat directory, but at another path.
            (ProblemTypes.UnknownRoute or ProblemTypes.MethodNotAllowed, _) => NotFromDirectory(
                response.StatusCode,
                wait
            ),
            ({ Length: > 0 }, >= HttpStatusCode.InternalServerError) => Unreachable(
                $"The directory failed ({status}). This peer tries again automatically; see the directory's log.",
                wait
            ),
            ({ Length: > 0 }, _) => Refused(
                detail
                    ?? $"The directory refused a call ({status}). Check that the directory and this peer have the same version."
            ),
            _ => NotFromDirectory(response.StatusCode, wait),
        };

        static DirectoryException NotFromDirectory(HttpStatusCode status, TimeSpan? wait) =>
            status switch
            {
                HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                    Unreachable(
                        $"A proxy or gateway between this peer and the directory answered {(int)status}. Check that the directory is running, and that the proxy reaches it.",
                        wait
                    ),
                HttpStatusCode.TooManyRequests => Unreachable(
                    "A proxy or gateway in front of the directory has had too many calls. This peer tries again automatically.",
                    wait
                ),
                HttpStatusCode.ProxyAuthenticationRequired => Refused(
                    "The proxy requires a user name and password (407). Put them into HTTP_PROXY or HTTPS_PROXY, or add the directory to NO_PROXY."
                ),
                >= HttpStatusCode.InternalServerError => Unreachable(
                    $"The server at the directory's address failed ({(int)status}), and is not a P2PChat directory. Check --discovery.",
                    wait
                ),
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused(
                    $"A server or proxy in front of the directory refuses this peer ({(int)status}). Check --discovery, or ask the directory's operator."
                ),
                >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => Refused(
                    $"The server at the directory's address redirects this peer ({(int)status}). Set --discovery to the directory's own address."
                ),
                _ => Refused(
                    $"The server at the directory's address ({(int)status}) is not a P2PChat directory. Check --discovery."
                ),
            };

        static DirectoryException Refused(string sentence) => new(DirectoryFailure.Refused, sentence);

        static DirectoryException Unreachable(string sentence, TimeSpan? wait) =>
            new(DirectoryFailure.Unreachable, sentence) { RetryAfter = wait };
    }

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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or with half a character in a string, which is found when it is read.
            return ("", null, 0);
        }
    }

    // It ends up on a terminal: no line breaks, no escape sequences, nothing that turns the direction of writing.
    private static bool IsShown(char c) =>
        char.GetUnicodeCategory(c)
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
        return text.Length <= MaxDetail ? text : text[..MaxDetail] + "…";
    }
}
