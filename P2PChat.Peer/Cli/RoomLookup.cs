using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Conversations;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Finds the room that a user has typed. Only the console takes names: they are chosen by others, so the API takes ids.
/// </summary>
internal static class RoomLookup
{
    /// <param name="typed">A name as <see cref="NamedRoom"/> shows it, an id, or the beginning of an id.</param>
    /// <exception cref="PeerException">There is no such room, or more than one.</exception>
    public static async Task<RoomItem> FindAsync(IRooms rooms, string typed, CancellationToken cancellationToken) =>
        Find((await rooms.ListAsync(cancellationToken)).Rooms, typed);

    /// <inheritdoc cref="FindAsync"/>
    public static RoomItem Find(IReadOnlyList<RoomItem> all, string typed)
    {
        var names = NamedRoom.Names(all);
        return Match([.. all.Select(NamedRoom.LabelOf)], typed) switch
        {
            [var index] => all[index],
            [] => throw new PeerException(
                PeerError.UnknownRoom,
                $"There is no room {SafeText.Show(typed)}. "
                    + (
                        Suggestion.For(RoomText.Handle(WithoutSign(typed)), names) is { } meant
                            ? $"Did you mean '{meant}'?"
                            : "List your rooms with 'rooms', and check the name."
                    )
            ),
            var several => throw new PeerException(
                PeerError.AmbiguousRoom,
                $"Several rooms are named {SafeText.Show(typed)}. Choose one: "
                    + $"{string.Join("; ", several.Select(Describe))}."
            ),
        };

        string Describe(int index) => $"{names[index]} ({RoomText.Remark(all[index])})";
    }

    /// <summary>Finds the rooms that a user can mean.</summary>
    /// <inheritdoc cref="FindAsync" path="/param"/>
    /// <returns>Their indexes.</returns>
    public static IReadOnlyList<int> Match(IReadOnlyList<RoomLabel> rooms, string typed)
    {
        var text = WithoutSign(typed);
        var key = NamedRoom.KeyOf(RoomText.Handle(text));
        var names = NamedRoom.Names(rooms);
        Func<int, bool>[] ways =
        [
            index => rooms[index].Id.Equals(text, StringComparison.OrdinalIgnoreCase),
            index => NamedRoom.KeyOf(names[index]) == key,
            index =>
                text.Length >= NamedRoom.ShortIdLength
                && rooms[index].Id.StartsWith(text, StringComparison.OrdinalIgnoreCase),
            index => NamedRoom.KeyOf(RoomText.Handle(rooms[index].Name)) == key,
        ];
        return ways.Select(isMeant => Enumerable.Range(0, rooms.Count).Where(isMeant).ToList())
            .FirstOrDefault(found => found.Count > 0)
            ?? [];
    }

    /// <summary>The name of a room without the sign in front of it. Others may be part of the name.</summary>
    public static string WithoutSign(string typed) => RoomArguments.IsRoom(typed) ? typed[1..] : typed;
}
