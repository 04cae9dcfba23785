using System.Globalization;
using P2PChat.Client;
using P2PChat.Node.Model;
using RoomNotify = P2PChat.Client.RoomNotify;
using RoomRole = P2PChat.Client.RoomRole;
using RoomStanding = P2PChat.Client.RoomStanding;

namespace P2PChat.Peer.Cli;

/// <summary>Rooms as lines of the console.</summary>
internal static class RoomText
{
    private const int ShortKey = 7;

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
            ? ["You are in no room. 'room new <name>' makes one."]
            : rooms.Select(room => $"{Handle(room)}  {Remark(room)}");

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
            : messages.Select(message => $"{SentAt(message, timeZone)} {Line(message)}");

    /// <returns>Null for an event that is not shown.</returns>
    public static string? Event(ApiEvent apiEvent) =>
        apiEvent switch
        {
            ApiEvent.RoomMessageReceived { Notifies: true, Message: var message } =>
                $"{Handle(message.RoomName)} {Line(message)}",
            ApiEvent.RoomChanged { Room: { Standing: RoomStanding.Invited, InvitedBy: { } by } room } =>
                $"* {Name(by)} invites you to the room {Handle(room)} ('room join {Handle(room)}')",
            ApiEvent.RoomChanged { Room: { Standing: RoomStanding.Left } room } =>
                $"* you are no longer in the room {Handle(room)}",
            ApiEvent.RoomForked { RoomName: var room, By: var by } =>
                $"* {Name(by)} has told the members of {Handle(room)} different things, or was restored from a backup. "
                    + "Both versions are kept",
            _ => null,
        };

    private static string Handle(string name) =>
        "#"
        + string.Join('-', SafeText.Show(name).Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    private static string Line(RoomMessageItem message)
    {
        var remark =
            message.AfterRemoval ? " (sent after removal)"
            : message.EditedAt is not null ? " (edited)"
            : "";
        var text =
            message.Deleted ? "(deleted)"
            : message.Collapsed ? "(hidden: blocked)"
            : SafeText.Show(message.Text);
        return $"{Name(message.From)}: {text}{remark}";
    }

    private static string Remark(RoomItem room)
    {
        if (room.Standing == RoomStanding.Invited)
        {
            return room.InvitedBy is { } by ? $"invited by {Name(by)}" : "invited";
        }

        if (room.Standing == RoomStanding.Left)
        {
            return "left";
        }

        var members = room.Members == 1 ? "1 member" : $"{room.Members} members";
        var unread = room.Unread == 0 ? "" : $", {room.Unread} unread";
        var quiet = room.Notify == RoomNotify.All ? "" : $", notifies: {room.Notify.ToString().ToLowerInvariant()}";
        return $"{Role(room.Role)}, {members}{unread}{quiet}";
    }

    private static string SentAt(RoomMessageItem message, TimeZoneInfo timeZone) =>
        message.SentAt is { } at
            ? TimeZoneInfo.ConvertTime(at, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : "(time unknown)";
}
