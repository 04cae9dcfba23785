using System.Globalization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>What commands answer, as lines.</summary>
public static class CommandText
{
    private const string Indent = "  ";
    private const int GroupsALine = 4;
    private const string JsonToo = "With --json it answers one line of JSON, as the local API does.";

    public static IEnumerable<string> List(IReadOnlyList<PeerView> peers)
    {
        if (peers.Count == 0)
        {
            return ["Nobody is in the directory."];
        }

        var width = peers.Max(peer => peer.Name.Value.Length);
        return peers.Select(peer =>
            $"{peer.Name.Value.PadRight(width)}  {(peer.Online ? "online " : "offline")}  {Remark(peer)}".TrimEnd()
        );
    }

    public static IEnumerable<string> Requests(IReadOnlyList<PeerRequest> requests) =>
        requests.Count == 0
            ? ["Nobody waits for an answer."]
            : requests.Select(request => Request(request.From, request.Key));

    /// <summary>A request, with the short form of the requesting key.</summary>
    internal static string Request(Username name, PeerId key) =>
        $"{name} asks to connect (key {key.Short}): accept {name}, or reject {name}";

    /// <summary>The contact's newly pinned key, and the safety number to compare.</summary>
    internal static IEnumerable<string> Accepted(Username name, AcceptedKey accepted) =>
        [
            $"* accepted {accepted.Key.Short} as {name}'s key: connect {name}, then compare these digits with their 'safety'",
            .. Digits(accepted.Digits),
        ];

    private static IEnumerable<string> Digits(string digits) =>
        digits.Split(' ').Chunk(GroupsALine).Select(groups => $"{Indent}{string.Join(' ', groups)}");

    public static IEnumerable<string> Contacts(IReadOnlyList<Contact> contacts)
    {
        if (contacts.Count == 0)
        {
            return ["You know nobody yet: who connects with you is remembered."];
        }

        var width = contacts.Max(contact => contact.Name.Value.Length);
        return contacts.Select(contact =>
        {
            string?[] remarks =
            [
                contact.Nickname is { } nickname ? $"\"{SafeText.Show(nickname)}\"" : null,
                contact.Verified ? "verified" : "not verified",
                contact.Blocked ? "blocked" : null,
                contact.PeerId is null ? "waits for its new key" : null,
                contact.OtherKeys.Count > 0 ? OtherKeys(contact) : null,
            ];
            return $"{contact.Name.Value.PadRight(width)}  {string.Join("  ", remarks.OfType<string>())}".TrimEnd();
        });
    }

    public static IEnumerable<string> Safety(Username name, Safety safety) =>
        Safety(name, safety, QrText.Draw(safety.QrText));

    /// <param name="code">The lines of the QR code; none where it is not to be shown.</param>
    public static IEnumerable<string> Safety(Username name, Safety safety, IReadOnlyList<string> code) =>
        [
            .. Digits(safety.Digits),
            .. code,
            safety.Verified
                ? $"You have compared this with {name} before."
                : $"If {name} sees the same, nobody is between you: then 'verify {name}' with the digits that {name} reads out.",
        ];

    public static IEnumerable<string> Settings(IReadOnlyList<Setting> settings)
    {
        var (nameWidth, valueWidth) = (
            settings.Max(setting => setting.Name.Length),
            settings.Max(setting => setting.Value.Length)
        );
        return settings.Select(setting =>
            $"{setting.Name.PadRight(nameWidth)}  {setting.Value.PadRight(valueWidth)}  {Remark(setting)}"
        );
    }

    public static IEnumerable<string> Status(PeerStatus status) =>
        StatusRows(status).Select(row => $"{row.What.PadRight(9)}  {row.Value}");

    internal static IEnumerable<(string What, string Value)> StatusRows(PeerStatus status) =>
        [
            ("username", status.Name.Value),
            ("peer id", status.PeerId.ToString()),
            ("endpoint", status.Endpoint ?? "not listening yet"),
            ("directory", Directory(status)),
            ("links", status.Links.ToString(CultureInfo.InvariantCulture)),
            ("process", status.ProcessId.ToString(CultureInfo.InvariantCulture)),
        ];

    public static IEnumerable<string> History(IReadOnlyList<Message> messages, TimeZoneInfo zone) =>
        messages.Count == 0 ? ["There are no messages yet."] : messages.Select(message => Line(message, zone));

    public static IEnumerable<string> Found(SearchPage page, TimeZoneInfo zone)
    {
        if (page.Indexing)
        {
            yield return "Older messages are still being indexed. Search again in a minute to find them too.";
        }
        else if (page.Messages.Count == 0)
        {
            yield return "No message has these words.";
        }

        foreach (var message in page.Messages)
        {
            yield return $"{message.With}  {Line(message, zone)}  [{message.Id}]";
        }
    }

    private static string Line(Message message, TimeZoneInfo zone)
    {
        var sentAt = TimeZoneInfo.ConvertTime(message.SentAt, zone);
        var state = Remark(message.State) is { Length: > 0 } remark ? $" ({remark})" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sentAt:yyyy-MM-dd HH:mm} {message.From}: {SafeText.Show(message.Text)}{state}"
        );
    }

    public static IEnumerable<string> Help()
    {
        var width = CommandInfo.All.Max(command => command.Usage.Length);
        return CommandInfo.All.Select(command => $"{Indent}{command.Usage.PadRight(width)}  {command.Does}");
    }

    public static IEnumerable<string> Help(CommandInfo command) =>
        [
            $"{command.Usage}: {command.Does}",
            command.Details,
            .. command.Lists ? [JsonToo] : Array.Empty<string>(),
            $"Example: {command.Example}",
        ];

    /// <summary>How a message to a disconnected contact will go out.</summary>
    internal static string NotConnected(Username name, SendRoute route) =>
        route == SendRoute.Mailbox
            ? $"you are not connected to {name}: the message is queued, and goes to {name}'s mailbox unless you connect first"
            : $"you are not connected to {name}: the message is queued until you are";

    internal static string Remark(MessageState state) =>
        state switch
        {
            MessageState.Queued or MessageState.Sent => "not delivered yet",
            MessageState.Read => "read",
            MessageState.Expired => "expired: not delivered in time",
            MessageState.Unconfirmed => "unconfirmed: may have been delivered, or may still be in their mailbox",
            MessageState.Refused => "refused",
            MessageState.TakenBack => "taken back",
            MessageState.Lost => "no longer on their device",
            _ => "",
        };

    internal static string Remark(PeerView peer) =>
        peer.Relation switch
        {
            Relation.Ourselves => "you",
            Relation.Connected => peer.Verified ? "connected" : "connected, not verified",
            Relation.Asked => "asked to connect, no answer yet",
            Relation.Asking => "asks to connect",
            _ => "",
        };

    internal static string OtherKeys(Contact contact) =>
        $"refused another key: {string.Join(", ", contact.OtherKeys.Select(key => key.Short))}";

    internal static string Remark(Setting setting) =>
        $"{setting.Does}: {string.Join(", ", setting.Values)}{(setting.IsChosen ? " (your choice)" : "")}";

    private static string Directory(PeerStatus status) =>
        status.Directory switch
        {
            DirectoryState.Registered => status.DirectoryDetail is { } trouble
                ? $"registered: {trouble}"
                : "registered",
            DirectoryState.Registering => "registering",
            DirectoryState.Refused => $"refused: {status.DirectoryDetail}",
            _ => $"not reached: {status.DirectoryDetail}",
        };
}
