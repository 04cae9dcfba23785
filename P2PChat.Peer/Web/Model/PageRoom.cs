using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>A room, as the page shows it.</summary>
/// <param name="At">When something last happened there, for the order of the list.</param>
public sealed record PageRoom(RoomView View, DateTimeOffset At)
{
    private const int VersionLength = 16;

    /// <summary>Those who are typing.</summary>
    public IReadOnlyList<RoomPerson> Typing { get; init; } = [];

    /// <summary>The room in calls and addresses.</summary>
    public string Id => View.Id.ToString();

    public string Name => View.Name;

    /// <summary>The address of its page.</summary>
    public string Path => PathOf(View.Id);

    /// <summary>From 0 to 11.</summary>
    public int Hue => View.Id.ToBytes()[0] % PersonHue.Count;

    /// <summary>The address of its picture; null without one. It changes with the picture.</summary>
    public string? PictureAddress =>
        View.Picture is { } setBy ? $"room-pictures/{Id}?v={setBy.ToString()[..VersionLength]}" : null;

    public bool IsJoined => View.Standing == RoomStanding.Joined;

    public bool IsInvitation => View.Standing == RoomStanding.Invited;

    /// <summary>Whether this user has a link to the room, and the moderator who made it has not answered yet.</summary>
    public bool IsWaiting => View.Standing == RoomStanding.Waiting;

    public bool IsOwner => View.Role == RoomRole.Owner;

    /// <summary>Whether this user may invite, remove members, and change the name and the picture.</summary>
    public bool MayManage => View.Role >= RoomRole.Moderator;

    /// <summary>What the counts of the page include: unread messages of which the user wants to be told.</summary>
    public int Waiting =>
        View switch
        {
            { Standing: RoomStanding.Invited } => 1,
            { Notify: RoomNotify.All } => View.Unread,
            { Notify: RoomNotify.Mentions } => View.Mentions,
            _ => 0,
        };

    /// <summary>The number of members, in words.</summary>
    public string Members =>
        View.Members == 1 ? "1 member" : string.Create(CultureInfo.InvariantCulture, $"{View.Members} members");

    /// <summary>The classes by which the menu decides which items to show.</summary>
    public string Classes =>
        string.Join(
            ' ',
            new[]
            {
                "room-row",
                $"notify-{View.Notify.ToString().ToLowerInvariant()}",
                View.Notify == RoomNotify.None ? "muted" : null,
                View.Unread > 0 ? "has-unread" : null,
                IsJoined ? "joined" : "left",
                IsOwner ? "owned" : null,
                MayManage ? "managed" : null,
                !IsJoined || View.IsAlone ? "deletable" : null,
            }.OfType<string>()
        );

    public static string PathOf(RoomEventId id) => $"r/{id}";
}
