using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>The texts of the page about rooms.</summary>
internal static class RoomText
{
    private const int MaxNames = 3;

    /// <summary>What this user must know before joining.</summary>
    public const string Disclosure =
        "All members, including those who join later, see your username, your key and your network address. They can "
        + "connect to you for this room, and keep what you write.";

    /// <summary>Says to a former member why there is no message field.</summary>
    /// <param name="refusal">Why a link has not led back; null if there was none.</param>
    /// <param name="remover">Who has removed this user; null if nobody has.</param>
    public static string Left(string? refusal, string? remover = null) =>
        refusal is null
            ? (remover is null ? "You are no longer a member of this room." : $"{remover} removed you from this room.")
                + " You keep the messages that you have, and get no new ones. To come back, ask a moderator to invite "
                + "you."
            : $"You could not rejoin this room. {refusal} You keep the messages that you have, and get no new "
                + "ones.";

    /// <summary>Says in a few words that this user is no longer a member.</summary>
    public static string Former(PageRoom room, ChatPageModel page) =>
        Remover(room, page) is { } remover ? $"{remover} removed you" : "No longer a member";

    /// <summary>The name of the person who has removed this user; null if nobody has.</summary>
    public static string? Remover(PageRoom room, ChatPageModel page) =>
        room.View.RemovedBy is { } by ? RoomFace.Of(by, page).Name : null;

    /// <summary>Whether to show the links. Former moderators can still revoke theirs.</summary>
    public static bool HasLinkForm(bool mayManage, IEnumerable<RoomLinkView> links) =>
        mayManage || links.Any(link => link.State == RoomInviteState.Open);

    public static string Role(RoomRole role) =>
        role switch
        {
            RoomRole.Owner => "owner",
            RoomRole.Moderator => "moderator",
            _ => "member",
        };

    public static string Notify(RoomNotify notify) =>
        notify switch
        {
            RoomNotify.All => "All messages",
            RoomNotify.Mentions => "Mentions only",
            _ => "None",
        };

    /// <summary>Says what has changed about a room.</summary>
    public static string Notice(RoomNoticeView notice, Func<RoomPerson, RoomFace> faceOf)
    {
        var by = faceOf(notice.Author).Subject;
        var whom = notice.Subject is { } subject ? faceOf(subject).Object : "";
        return notice.Kind switch
        {
            RoomEventKind.Create => $"{by} created the room",
            RoomEventKind.Join => $"{by} joined",
            RoomEventKind.Leave => $"{by} left",
            RoomEventKind.Remove => $"{by} removed {whom}",
            RoomEventKind.Role when notice.Role == RoomRole.Owner => $"{by} handed the room over to {whom}",
            RoomEventKind.Role when notice.Role == RoomRole.Moderator => $"{by} made {whom} a moderator",
            RoomEventKind.Role => $"{by} made {whom} a regular member",
            RoomEventKind.Rename => $"{by} renamed the room to “{notice.Name ?? "unnamed room"}”",
            RoomEventKind.Picture when notice.RemovesPicture => $"{by} removed the picture of the room",
            RoomEventKind.Picture => $"{by} changed the picture of the room",
            _ => $"{by} changed the room",
        };
    }

    /// <summary>The person who has made the link by which this user waits to be invited.</summary>
    public static string Maker(PageRoom room, ChatPageModel page) =>
        room.View.InvitedBy is { } by ? RoomFace.Of(by, page).Name : "the person who made the link";

    /// <summary>A message on one line, for lists and notifications.</summary>
    public static string Preview(RoomMessageView message, int length) =>
        message switch
        {
            { IsRemoved: true } => TimerText.Removed(hasDisappeared: false),
            { IsCollapsed: true } => "hidden message",
            _ => MessageText.Preview(message.Text, length),
        };

    /// <summary>Names people: "a", "a and b", "a, b and 3 others".</summary>
    public static string Names(IReadOnlyList<string> names) =>
        names switch
        {
            [] => "",
            [var one] => one,
            [var one, var other] => $"{one} and {other}",
            [var one, var two, var three] => $"{one}, {two} and {three}",
            _ => $"{string.Join(", ", names.Take(MaxNames - 1))} and {names.Count - MaxNames + 1} others",
        };

    /// <returns>Null if nobody is typing.</returns>
    public static string? Typing(PageRoom room, ChatPageModel page)
    {
        List<string> names = [.. room.Typing.Select(person => RoomFace.Of(person, page).Name)];
        return names.Count switch
        {
            0 => null,
            1 => $"{names[0]} is typing",
            _ => $"{Names(names)} are typing",
        };
    }
}
