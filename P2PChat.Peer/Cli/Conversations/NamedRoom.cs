using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Search;
using P2PChat.Peer.Cli.Terminal;
using RoomStanding = P2PChat.Client.RoomStanding;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>What names a room: others choose the name, so that several rooms may have the same.</summary>
internal readonly record struct RoomLabel(string Id, string Name, bool IsJoined);

/// <summary>A room with a name that no other room of this peer has.</summary>
/// <param name="Name">As it is typed. See <see cref="Names(IReadOnlyList{RoomLabel})"/>.</param>
internal sealed partial record NamedRoom(RoomView View, string Name)
{
    /// <summary>The columns of a name in a prompt and in front of a message: as many as a username can have.</summary>
    public const int MaxColumns = 32;

    /// <summary>How many digits of an id are enough to find a room.</summary>
    public const int ShortIdLength = 8;

    private const int MinColumns = 8;

    public ChatKey.Room Key { get; } = new(View.Id.ToString());

    public RoomLabel Label => LabelOf(View);

    public static IReadOnlyList<NamedRoom> Of(IReadOnlyList<RoomView> rooms) =>
        [.. rooms.Zip(Names([.. rooms.Select(LabelOf)]), (room, name) => new NamedRoom(room, name))];

    /// <inheritdoc cref="Names(IReadOnlyList{RoomLabel})"/>
    public static IReadOnlyList<string> Names(IReadOnlyList<RoomItem> rooms) => Names([.. rooms.Select(LabelOf)]);

    /// <summary>
    /// The name of each room as it is typed. Of several that look the same, all but the only one that this user has
    /// joined also have the beginning of their ids: an invitation must not change how a user's own room is called.
    /// </summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<RoomLabel> rooms)
    {
        var digits = DigitsThatDiffer(rooms);
        var bare = rooms
            .GroupBy(Look)
            .Where(same => same.Key.Length > 1 && !EndsLikeId().IsMatch(same.Key))
            .Select(same =>
                same.Count() == 1 ? same.First().Id
                : same.Count(room => room.IsJoined) == 1 ? same.First(room => room.IsJoined).Id
                : ""
            )
            .ToHashSet();
        return [.. rooms.Select(room => bare.Contains(room.Id) ? RoomText.Handle(room.Name) : WithId(room, digits))];
    }

    /// <summary>Two names with the same key cannot be told apart by looking at them.</summary>
    /// <param name="handle">A name as it is typed.</param>
    public static string KeyOf(string handle) =>
        Ascii.IsValid(handle)
            ? handle
            : Decompositions.Recompose(string.Concat(handle.EnumerateRunes().Where(IsVisible))).ToLowerInvariant();

    public static RoomLabel LabelOf(RoomItem room) => new(room.Id, room.Name, room.Standing == RoomStanding.Joined);

    public static string ShortId(string id) => $"{RoomArguments.Sign}{id[..ShortIdLength]}";

    private static RoomLabel LabelOf(RoomView room) =>
        new(room.Id.ToString(), room.Name, room.Standing == Node.Model.RoomStanding.Joined);

    // The prompt shows no more of it.
    private static string Look(RoomLabel room) => KeyOf(Ink.None.Cut(RoomText.Handle(room.Name), MaxColumns));

    private static string WithId(RoomLabel room, int digits)
    {
        var (handle, id) = (RoomText.Handle(room.Name), $"-{room.Id[..digits]}");
        return handle.EndsWith(id, StringComparison.OrdinalIgnoreCase)
            ? handle
            : Ink.None.Cut(handle, Math.Max(MinColumns, MaxColumns - id.Length)).TrimEnd('…', '-') + id;
    }

    // The person who makes a room can choose the beginning of its id.
    private static int DigitsThatDiffer(IReadOnlyList<RoomLabel> rooms)
    {
        var digits = ShortIdLength;
        while (digits < 64 && rooms.DistinctBy(room => room.Id[..digits]).Count() < rooms.Count)
        {
            digits++;
        }

        return digits;
    }

    private static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Format
        && rune.Value is not (0x34f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f))
        && rune.Value is not (0x1d159 or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef));

    // A name must not imitate another room's name with its id.
    [GeneratedRegex("-[0-9a-f]{8,}$")]
    private static partial Regex EndsLikeId();
}
