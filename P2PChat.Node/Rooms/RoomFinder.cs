using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Finds rooms and members by what a user types. Expects <see cref="RoomBook.Gate"/> to be held.</summary>
internal sealed class RoomFinder(RoomBook book, RoomViews views)
{
    /// <summary>How many hexadecimal digits of an id are enough to find a room.</summary>
    public const int ShortId = 8;

    /// <param name="text">
    /// An id, a name, in which hyphens stand for blanks, or the beginning of an id; perhaps after a #.
    /// </param>
    /// <exception cref="PeerException">There is no such room, or more than one.</exception>
    public RoomHost Find(string text)
    {
        var typed = text.StartsWith('#') ? text[1..] : text;
        var known = book.All.Where(room => room.Standing is not null).ToList();
        // Members choose the names, and none may stand for the id of another room.
        var found = RoomEventId.TryParse(typed, out var id)
            ? known.Where(room => room.Id == id).ToList()
            : [.. known.Where(room => Handle(room) == Handle(typed))];
        if (found.Count == 0 && typed.Length >= ShortId)
        {
            found = [.. known.Where(room => room.Id.ToString().StartsWith(typed, StringComparison.OrdinalIgnoreCase))];
        }

        return found switch
        {
            [var room] => room,
            [] => throw RoomRefusals.UnknownRoom(SafeText.Show(text)),
            _ => throw RoomRefusals.AmbiguousRoom(
                SafeText.Show(text),
                found.Select(room => room.Id.ToString()[..ShortId])
            ),
        };
    }

    /// <param name="text">
    /// A username, with a question mark if it is not verified, or the beginning of a key.
    /// </param>
    /// <exception cref="PeerException">There is no such member, or more than one.</exception>
    public RoomPerson FindMember(RoomHost room, string text)
    {
        var people = views.People;
        var all = room.Machine.State.Members.Keys.Select(key => people.Of(room, key)).ToList();
        var (typed, isUnchecked) = (text.TrimStart('@').TrimEnd('?'), text.EndsWith('?'));
        var named = all.Where(person => person.Name is { } name && Same(name.Value, typed)).ToList();
        var found = named.Where(person => person.HasCheckedName != isUnchecked).ToList();
        if (found.Count == 0 && typed.Length >= ShortId - 1)
        {
            found =
            [
                .. all.Where(person => person.Key.ToString().StartsWith(typed, StringComparison.OrdinalIgnoreCase)),
            ];
        }

        return found switch
        {
            [var person] => person,
            [] when named.Count > 0 => throw (
                isUnchecked
                    ? RoomRefusals.CheckedMember(SafeText.Show(typed))
                    : RoomRefusals.UncheckedMember(SafeText.Show(typed))
            ),
            [] => throw RoomRefusals.UnknownMember(SafeText.Show(text)),
            _ => throw RoomRefusals.AmbiguousMember(SafeText.Show(text)),
        };
    }

    /// <summary>Whether a name could be taken for the beginning of an id.</summary>
    public static bool LooksLikeId(string name) =>
        Handle(name).TrimStart('#') is { Length: >= ShortId } handle && handle.All(char.IsAsciiHexDigit);

    /// <summary>A name as it is typed: without blanks and in lower case.</summary>
    public static string Handle(string name) =>
        string.Join('-', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    private static string Handle(RoomHost room) => Handle(RoomViews.NameOf(room));

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
