using System.Globalization;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Peer.Formatting;
using MessageChange = P2PChat.Client.MessageChange;
using RoomChangeKind = P2PChat.Client.RoomChangeKind;
using RoomNotify = P2PChat.Client.RoomNotify;
using RoomRole = P2PChat.Client.RoomRole;
using RoomStanding = P2PChat.Client.RoomStanding;

namespace P2PChat.Peer.Cli;

/// <summary>Rooms as lines of the console.</summary>
internal static class RoomText
{
    private const int ShortKey = 7;
    private const int ShortId = RoomMessageChoice.ShortId;
    private const int ExcerptLength = 40;

    // The empty braille cell and Hangul fillers look like blanks. Messages keep them, for pictures and old Korean.
    private static readonly char[] Fillers = ['\u2800', '\u115f', '\u1160'];

    /// <summary>A room as it is typed.</summary>
    public static string Handle(RoomItem room) => Handle(room.Name);

    public static string Role(RoomRole role) =>
        role switch
        {
            RoomRole.Owner => "owner",
            RoomRole.Moderator => "moderator",
            _ => "member",
        };

    public static string Name(RoomPersonItem person) =>
        person.Username is { } name ? (person.Checked ? name : $"{name}?") : person.PeerId[..ShortKey];

    public static IEnumerable<string> List(IReadOnlyList<RoomItem> rooms) =>
        rooms.Count == 0
            ? ["You have no rooms. 'room new <name>' creates one."]
            : rooms.Zip(NamedRoom.Names(rooms), (room, name) => $"{name}  {Remark(room)}");

    public static IEnumerable<string> Members(IReadOnlyList<RoomMemberItem> members) =>
        members.Select(member =>
            $"{Name(member.Person)}  {(member.Joined ? Role(member.Role) : "invited")}"
            + (
                member.Blocked ? "  blocked"
                : member.Connected ? "  connected"
                : ""
            )
        );

    public static IEnumerable<string> History(IReadOnlyList<RoomMessageItem> messages, TimeZoneInfo timeZone) =>
        messages.Count == 0
            ? ["There are no messages."]
            : messages.Select(message =>
                $"{SentAt(message, timeZone)} {Line(message)}"
                + (message.Readers > 0 ? $" (read by {message.Readers})" : "")
            );

    /// <summary>A search result.</summary>
    public static string Found(RoomMessageItem message, TimeZoneInfo timeZone) =>
        $"{Handle(message.RoomName)}  {SentAt(message, timeZone)} {Line(message)}  [{message.Id[..ShortId]}]";

    /// <returns>Null for an event that is not shown.</returns>
    public static string? Event(ApiEvent apiEvent) =>
        apiEvent switch
        {
            ApiEvent.RoomMessageReceived { Notifies: true, Message: var message } =>
                $"{Handle(message.RoomName)} {Line(message)}",
            ApiEvent.RoomMessageChanged { Notifies: true } changed => Change(changed, showsRoom: true),
            ApiEvent.RoomChanged { Room: { Change: { } change } room } => Change(room, change),
            ApiEvent.RoomForked { RoomName: var room, By: var by } =>
                $"* {Name(by)} sent different versions to different members of {Handle(room)}, or was restored from a "
                    + "backup. Both versions are kept",
            _ => null,
        };

    /// <summary>What another member has done to a message.</summary>
    /// <param name="showsRoom">Whether the room is named.</param>
    /// <returns>Null for a change by this user, who has seen its outcome, and for an unknown one.</returns>
    public static string? Change(ApiEvent.RoomMessageChanged changed, bool showsRoom)
    {
        if (changed is not { ByYou: false, By: { } person, Message: var message })
        {
            return null;
        }

        var by = Name(person);
        var place = showsRoom ? $" in {Handle(message.RoomName)}" : "";
        var excerpt = Hidden(message) ?? MessageText.Preview(message.Text, ExcerptLength);
        return changed.Change switch
        {
            MessageChange.Delete => $"* {by} deleted a message{place}",
            MessageChange.Edit => $"* {by} edited a message{place}: {excerpt}",
            MessageChange.Reaction when ReactionOf(message, person) is { } emoji =>
                $"* {by} reacted with {SafeText.Show(emoji)} to \"{excerpt}\"{place}",
            MessageChange.Reaction => $"* {by} removed a reaction to \"{excerpt}\"{place}",
            _ => null,
        };
    }

    private static string? ReactionOf(RoomMessageItem message, RoomPersonItem person) =>
        message.Reactions?.FirstOrDefault(one => one.From.PeerId == person.PeerId)?.Emoji;

    /// <summary>The times, the earlier versions and the changes of a message, and who has it.</summary>
    public static IEnumerable<string> Info(RoomMessageInfoResponse info, TimeZoneInfo timeZone)
    {
        var message = info.Message;
        yield return Line(message);
        yield return $"  id         {message.Id}";
        yield return $"  by         {Name(message.From)} (key {Key(message.From)})";
        yield return message is { Deleted: true, SentAt: null }
            ? "  sent       unknown: its time was deleted with its text"
            : $"  sent       {SentAt(message, timeZone)}";
        if (info.ReceivedAt is { } received)
        {
            yield return $"  received   {Show(received, timeZone)}";
        }

        foreach (
            var (label, people) in ((string, IReadOnlyList<RoomPersonItem>)[])
                [("read by", info.ReadBy), ("delivered", info.ReceivedBy), ("waiting", info.WaitingFor)]
        )
        {
            if (people.Count > 0)
            {
                yield return $"  {label, -9}  {string.Join(", ", people.Select(Name))}";
            }
        }

        foreach (var version in message.Collapsed ? [] : info.Versions)
        {
            yield return $"  earlier    {Show(version.SentAt, timeZone)}  {SafeText.Show(version.Text)}";
        }

        var reacted = new HashSet<string>();
        foreach (var change in info.Changes)
        {
            var emoji =
                change.Change == MessageChange.Reaction && reacted.Add(change.From.PeerId)
                    ? ContentText.Reaction(ReactionOf(message, change.From))
                    : "";
            yield return $"  {change.Change.ToString().ToLowerInvariant(), -9}  {Show(change.SentAt, timeZone)}  by "
                + Name(change.From)
                + emoji;
        }
    }

    /// <summary>The beginning of the key, as people compare it.</summary>
    public static string Key(RoomPersonItem person) => person.PeerId[..ShortKey];

    /// <returns>Null for what this user has done, who has seen the outcome.</returns>
    private static string? Change(RoomItem item, RoomChangeItem change)
    {
        var room = Handle(item);
        if (change.ByYou)
        {
            return null;
        }

        var by = change.By is { } person ? Name(person) : "somebody";
        var who = change.You ? "you" : Name(change.Who);
        return change.Kind switch
        {
            // By its id, because the person who invites may have given the room the name of another.
            RoomChangeKind.Invited when change.You => $"* {by} invites you to the room {room} "
                + $"('room join {NamedRoom.ShortId(item.Id)}' shows your username and address to all members)",
            RoomChangeKind.Invited => $"* {by} invited {who} to {room}",
            RoomChangeKind.Joined => $"* {who} joined {room}",
            RoomChangeKind.Left => $"* {who} left {room}",
            RoomChangeKind.Removed => $"* {by} removed {who} from {room}",
            RoomChangeKind.Withdrawn when change.You => $"* the invitation to {room} was withdrawn",
            // The owner becomes a moderator in the same moment in which somebody else becomes the owner.
            RoomChangeKind.Role when change.By?.PeerId == change.Who.PeerId => null,
            RoomChangeKind.Role when change.Role == RoomRole.Owner => $"* {by} handed {room} over to {who}",
            RoomChangeKind.Role => $"* {by} made {who} {Role(change.Role ?? RoomRole.Member)} of {room}",
            RoomChangeKind.Renamed => $"* {by} renamed a room to {room}",
            RoomChangeKind.Picture when !item.HasPicture => $"* {by} removed the picture of {room}",
            RoomChangeKind.Picture => $"* {by} changed the picture of {room}",
            _ => null,
        };
    }

    /// <summary>A name as it is typed: one word in lower case.</summary>
    public static string Handle(string name) =>
        RoomArguments.Sign
        + string.Join(
                '-',
                string.Join(' ', SafeText.Show(name).Split(Fillers))
                    .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            )
            .ToLowerInvariant();

    /// <summary>The words that replace a hidden text; null if the text is shown.</summary>
    public static string? Hidden(RoomMessageItem message) =>
        message.Deleted ? ContentText.Deleted
        : message.Collapsed ? "(hidden: blocked)"
        : null;

    /// <summary>The notes after the text of a message.</summary>
    public static IEnumerable<string> Notes(RoomMessageItem message)
    {
        if (message.EditedAt is not null)
        {
            yield return ContentText.Edited;
        }

        if (message.AfterRemoval)
        {
            yield return "(sent after removal)";
        }
    }

    private static string Line(RoomMessageItem message)
    {
        if (Hidden(message) is { } hidden)
        {
            return $"{Name(message.From)}: {hidden}";
        }

        var quote = message.ReplyTo is { } to ? $"[reply to {Quote(to)}] " : "";
        var notes = string.Concat(Notes(message).Select(note => $" {note}"));
        var reactions = message.Reactions is { Count: > 0 } all ? $" [{Reactions(all)}]" : "";
        return $"{Name(message.From)}: {quote}{SafeText.Show(message.Text)}{notes}{reactions}";
    }

    /// <summary>The message that a reply quotes.</summary>
    public static string Quote(RoomQuoteItem quote) =>
        quote switch
        {
            { From: null } => "(message not on this device)",
            { Text: { } text } => $"{Name(quote.From)}: \"{MessageText.PreviewQuote(text, ExcerptLength)}\"",
            _ => $"{Name(quote.From)}: {ContentText.Deleted}",
        };

    /// <summary>Each emoji with its users.</summary>
    public static string Reactions(IReadOnlyList<RoomReactionItem> reactions) =>
        string.Join(
            "; ",
            reactions
                .GroupBy(reaction => reaction.Emoji)
                .Select(group =>
                    $"{SafeText.Show(group.Key)} {string.Join(", ", group.Select(reaction => Name(reaction.From)))}"
                )
        );

    /// <summary>This user's standing in a room, its size, and what is unread.</summary>
    public static string Remark(RoomItem room)
    {
        if (room.Standing == RoomStanding.Invited)
        {
            return room.InvitedBy is { } by ? $"invited by {Name(by)}" : "invited";
        }

        if (room.Standing == RoomStanding.Waiting)
        {
            return room.InvitedBy is { } maker
                ? $"waits for {Name(maker)}, who made the link"
                : "waits for the person who made the link";
        }

        if (room.Standing == RoomStanding.Left)
        {
            return room.RemovedBy is { } remover ? $"removed by {Name(remover)}" : "left";
        }

        var members = room.Members == 1 ? "1 member" : $"{room.Members} members";
        var unread = room.Unread == 0 ? "" : $", {room.Unread} unread";
        var mentions = room.Mentions switch
        {
            0 => "",
            1 => ", 1 mention",
            _ => $", {room.Mentions} mentions",
        };
        var quiet = room.Notify == RoomNotify.All ? "" : $", notifies: {room.Notify.ToString().ToLowerInvariant()}";
        return $"{Role(room.Role)}, {members}{unread}{mentions}{quiet}";
    }

    private static string SentAt(RoomMessageItem message, TimeZoneInfo timeZone) =>
        message.SentAt is { } at ? Show(at, timeZone) : "(time unknown)";

    private static string Show(DateTimeOffset time, TimeZoneInfo timeZone) =>
        TimeZoneInfo.ConvertTime(time, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
