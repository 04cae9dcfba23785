using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Finds the room that a user has typed. Only the console takes names: they are chosen by others, so the API takes ids.
/// </summary>
internal static class RoomLookup
{
    private const int ShortId = 8;

    /// <param name="typed">
    /// A name with hyphens for blanks, an id, or the beginning of an id; perhaps after a #.
    /// </param>
    /// <exception cref="PeerException">There is no such room, or more than one.</exception>
    public static async Task<RoomItem> FindAsync(IRooms rooms, string typed, CancellationToken cancellationToken) =>
        Find((await rooms.ListAsync(cancellationToken)).Rooms, typed);

    /// <inheritdoc cref="FindAsync"/>
    public static RoomItem Find(IReadOnlyList<RoomItem> all, string typed)
    {
        var text = typed.TrimStart(RoomArguments.Sign);
        var found = all.Where(room => room.Id.Equals(text, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0)
        {
            var handle = RoomText.Handle(text);
            found = [.. all.Where(room => RoomText.Handle(room) == handle)];
        }

        if (found.Count == 0 && text.Length >= ShortId)
        {
            found = [.. all.Where(room => room.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase))];
        }

        return found switch
        {
            [var room] => room,
            [] => throw new PeerException(
                PeerError.UnknownRoom,
                $"There is no room {SafeText.Show(typed)}. "
                    + (
                        Suggestion.For(RoomText.Handle(text), all.Select(RoomText.Handle)) is { } meant
                            ? $"Did you mean '{meant}'?"
                            : "List your rooms with 'rooms', and check the name."
                    )
            ),
            _ => throw new PeerException(
                PeerError.AmbiguousRoom,
                $"Several rooms are named {SafeText.Show(typed)}. Choose one by its id: "
                    + $"{string.Join(", ", found.Select(room => $"#{room.Id[..ShortId]}"))}."
            ),
        };
    }
}
