using System.Globalization;
using P2PChat.Client;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>Answers of console commands as plain lines.</summary>
public static class CommandText
{
    private const string Indent = "  ";
    private const int GroupsPerLine = 4;
    private const int HelpWidth = 80;
    private const string JsonHint = "With --json the answer is one line of JSON, the same as from the local API.";

    public static IEnumerable<string> Peers(IReadOnlyList<PeerItem> peers)
    {
        if (peers.Count == 0)
        {
            return ["The directory lists no peers."];
        }

        var width = peers.Max(peer => peer.Username.Length);
        return peers
            .Select(peer =>
            {
                string[] remarks = [Remark(peer), ShownAs(peer.DisplayName) ?? ""];
                return $"{peer.Username.PadRight(width)}  {(peer.Online ? "online " : "offline")}  "
                    + string.Join("  ", remarks.Where(remark => remark.Length > 0));
            })
            .Select(line => line.TrimEnd());
    }

    public static IEnumerable<string> Requests(IReadOnlyList<RequestItem> requests) =>
        requests.Count == 0
            ? ["There are no open requests."]
            : requests.Select(request => Request(request.Username, request.PeerId, request.Invite));

    /// <summary>A request, with the short form of the requesting key.</summary>
    internal static string Request(string name, string peerId, InviteItemState? invite = null) =>
        $"{name} asks to connect (key {Short(peerId)}"
        + (InviteText.Refused(invite) is { } refused ? $", {refused} invite" : "")
        + $"). Use 'accept {name}' or 'reject {name}'";

    /// <summary>A request that waits in the request box of a peer that is away.</summary>
    internal static string Waiting(string name, TimeSpan time) =>
        $"* Waiting for {name} to come online. Your request waits in {name}'s request box at the directory for "
        + (Math.Round(time.TotalDays) is var days && days == 1 ? "1 day" : $"{days} days");

    /// <summary>The contact's newly pinned key, and the safety number to compare.</summary>
    internal static IEnumerable<string> Trusted(string name, TrustResponse trusted) =>
        [
            $"* {Short(trusted.PeerId)} is now {name}'s key. Use 'connect {name}', then compare this safety number:",
            .. Digits(trusted.Digits),
        ];

    public static IEnumerable<string> Contacts(IReadOnlyList<ContactItem> contacts)
    {
        if (contacts.Count == 0)
        {
            return ["You have no contacts yet. Peers that you connect to become contacts."];
        }

        var width = contacts.Max(contact => contact.Username.Length);
        return contacts.Select(contact =>
        {
            string?[] remarks =
            [
                contact.Nickname is { } nickname ? $"\"{SafeText.Show(nickname)}\"" : null,
                ShownAs(contact.DisplayName),
                Verification(contact),
                contact.JoinedByInvite ? JoinedByInvite : null,
                contact.Path is { } path ? $"connected ({Path(path)})" : null,
                contact.Blocked ? "blocked" : null,
                contact.PeerId is null ? NoKey : null,
                contact.OtherKeys.Count > 0 ? OtherKeys(contact) : null,
            ];
            return $"{contact.Username.PadRight(width)}  {string.Join("  ", remarks.OfType<string>())}".TrimEnd();
        });
    }

    private static string? ShownAs(string? displayName) =>
        displayName is null ? null : $"shown as {ProfileCommands.Quote(displayName)}";

    internal const string NoConversations = "You have no conversations yet. Use 'connect <username>' to start one.";

    /// <summary>Conversations and rooms, the one with the latest message first.</summary>
    /// <param name="now">No message is later, whatever its sender's clock says.</param>
    public static IEnumerable<string> Chats(
        IReadOnlyList<ConversationItem> conversations,
        IReadOnlyList<RoomItem> rooms,
        DateTimeOffset now
    )
    {
        var all = conversations
            .Select(one => (At: one.LastAt, Name: one.Username, Remark: Remark(one)))
            .Concat(
                rooms.Zip(NamedRoom.Names(rooms), (room, name) =>
                    (At: room.Last?.SentAt, Name: name, Remark: RoomText.Remark(room))
                )
            );
        var lines = NewestFirst.Order(all, one => one.At, now).ToList();
        if (lines.Count == 0)
        {
            return [NoConversations];
        }

        var width = lines.Max(line => DisplayWidth.OfText(line.Name));
        return lines.Select(line =>
            $"{line.Name}{new string(' ', width - DisplayWidth.OfText(line.Name))}  {line.Remark}".TrimEnd()
        );
    }

    private static string Remark(ConversationItem one)
    {
        string?[] remarks =
        [
            ShownAs(one.DisplayName),
            one.Unread > 0 ? $"{one.Unread} unread" : null,
            one.Waiting > 0 ? $"{one.Waiting} not delivered" : null,
            one.Pinned ? "pinned" : null,
            one.Muted ? "muted" : null,
            one.Archived ? "archived" : null,
            FileText.Of(one.AcceptFiles),
            one.Timer is { } timer ? $"messages disappear after {TimerRules.Describe((uint)timer)}" : null,
        ];
        return string.Join("  ", remarks.OfType<string>());
    }

    /// <summary>A path in one word, as people read it.</summary>
    internal static string Path(PathKind path) => PathText.Word((Node.Model.PathKind)path);

    internal const string JoinedByInvite = "joined by your invite";

    internal static string Verification(ContactItem contact) =>
        contact.VerifiedBy == VerifiedBy.Invite ? "verified by invite"
        : contact.Verified ? "verified"
        : "not verified";

    internal const string NoKey = "no key until the next connection";

    public static IEnumerable<string> Safety(string name, SafetyResponse safety) =>
        Safety(name, safety, QrText.Draw(safety.Qr));

    /// <param name="code">The lines of the QR code; empty to leave it out.</param>
    public static IEnumerable<string> Safety(string name, SafetyResponse safety, IReadOnlyList<string> code) =>
        [.. Digits(safety.Digits), .. code, HowToCompare(name, safety)];

    internal static string HowToCompare(string name, SafetyResponse safety) =>
        safety.VerifiedBy == VerifiedBy.Invite
            ? $"{name} is verified by invite. You can compare the number too: 'verify {name}' with the digits."
        : safety.Verified ? $"You have already compared it with {name}."
        : $"Compare it with {name} in another way, or use 'verify {name}' with the digits that {name} sees.";

    public static IEnumerable<string> Settings(IReadOnlyList<SettingItem> settings)
    {
        var (nameWidth, valueWidth) = (
            settings.Max(setting => setting.Name.Length),
            settings.Max(setting => setting.Value.Length)
        );
        return settings.Select(setting =>
            $"{setting.Name.PadRight(nameWidth)}  {setting.Value.PadRight(valueWidth)}  {Remark(setting)}"
        );
    }

    public static IEnumerable<string> Status(StatusResponse status) =>
        StatusRows(status).Select(row => $"{row.Label.PadRight(9)}  {row.Value}");

    internal static IEnumerable<(string Label, string Value)> StatusRows(StatusResponse status) =>
        [
            ("username", status.Username),
            ("peer id", status.PeerId),
            ("endpoint", status.Endpoint ?? "none, the port is closed"),
            (DirectoryLabel, Directory(status.Directory)),
            ("links", status.Links.ToString(CultureInfo.InvariantCulture)),
            ("process", status.ProcessId.ToString(CultureInfo.InvariantCulture)),
        ];

    internal const string DirectoryLabel = "directory";

    public static IEnumerable<string> History(IReadOnlyList<MessageItem> messages, TimeZoneInfo timeZone) =>
        messages.Count == 0 ? ["There are no messages yet."] : messages.Select(message => Line(message, timeZone));

    public static IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone)
    {
        if (results.Indexing)
        {
            yield return "Older messages are still being indexed. Search again in a minute to find them too.";
        }
        else if (results.Messages.Count == 0 && results.Rooms is not { Messages.Count: > 0 })
        {
            yield return "No messages found.";
        }

        foreach (
            var line in FoundLines.Merge(
                results,
                found => $"{found.With}  {Line(found.Message, timeZone)}  [{found.Message.Id}]",
                message => RoomText.Found(message, timeZone)
            )
        )
        {
            yield return line;
        }

        if (results.Rooms is { Next: not null })
        {
            yield return FoundLines.MayBeOlder;
        }
    }

    public static IEnumerable<string> Help()
    {
        var width = CommandTable.All.Max(command => command.Usage.Length);
        return CommandTable.All.Select(command => $"{Indent}{command.Usage.PadRight(width)}  {command.Summary}");
    }

    /// <param name="width">The width of the terminal, in columns.</param>
    public static IEnumerable<string> Help(CommandInfo command, int width = HelpWidth) =>
        [
            .. Wrap($"{command.Usage}: {command.Summary}", width),
            .. Wrap(command.Details, width),
            .. HelpActions(command, width),
            .. command.SupportsJson ? Wrap(JsonHint, width) : [],
            $"Example: {command.Example}",
        ];

    private static IEnumerable<string> HelpActions(CommandInfo command, int width)
    {
        var column = command.Actions.Select(action => action.Usage.Length).DefaultIfEmpty().Max();
        return width < HelpWidth
            ? command.Actions.SelectMany(action =>
                (IEnumerable<string>)[$"{Indent}{action.Usage}", $"{Indent}{Indent}{action.Does}"]
            )
            : command.Actions.Select(action => $"{Indent}{action.Usage.PadRight(column)}  {action.Does}");
    }

    private static IReadOnlyList<string> Wrap(string text, int width) =>
        WordWrap.Rows(text, Math.Min(width, HelpWidth), indent: "");

    /// <summary>How a message to a disconnected contact will be delivered.</summary>
    internal static string NotConnected(string name, SendRoute route) =>
        $"you are not connected to {name}. The message is queued"
        + (route == SendRoute.Mailbox ? $", and goes to {name}'s mailbox unless you connect first" : " until you are");

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

    internal static string Remark(PeerItem peer) =>
        peer.Relation switch
        {
            Relation.Ourselves => "you",
            Relation.Connected => $"connected{(peer.Path is { } path ? $" ({Path(path)})" : "")}"
                + (peer.Verified ? "" : ", not verified"),
            Relation.RequestSent when peer.Waiting => "waiting for them to come online",
            Relation.RequestSent => "request sent, no answer yet",
            Relation.RequestReceived => "asks to connect",
            _ => "",
        };

    internal static string Remark(SettingItem setting) =>
        $"{setting.Does}: {string.Join(", ", setting.Values)}{(setting.Chosen ? " (set by you)" : "")}";

    internal static string OtherKeys(ContactItem contact) =>
        $"refused another key: {string.Join(", ", contact.OtherKeys.Select(Short))}";

    /// <summary>The short form of a key, for people.</summary>
    internal static string Short(string peerId) => PeerId.Parse(peerId).Short;

    internal static IEnumerable<string> Digits(string digits) =>
        digits.Split(' ').Chunk(GroupsPerLine).Select(groups => $"{Indent}{string.Join(' ', groups)}");

    private static string Line(MessageItem message, TimeZoneInfo timeZone)
    {
        var sentAt = TimeZoneInfo.ConvertTime(message.SentAt, timeZone);
        var state = Remark(message.State) is { Length: > 0 } remark ? $" ({remark})" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sentAt:yyyy-MM-dd HH:mm} {message.From}: {ContentText.Line(message)}{state}"
        );
    }

    private static string Directory(DirectoryStatus directory) =>
        directory.State switch
        {
            DirectoryState.Registered => directory.Detail is { } problem ? $"registered: {problem}" : "registered",
            DirectoryState.Registering => "registering",
            DirectoryState.Refused => $"refused: {directory.Detail}",
            _ => $"unreachable: {directory.Detail}",
        };
}
