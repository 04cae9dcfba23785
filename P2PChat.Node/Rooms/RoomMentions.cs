using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>Finds who is mentioned in a text: <c>@name</c>, or <c>@all</c> for everybody.</summary>
internal static class RoomMentions
{
    private const string Everybody = "all";

    public static bool Mentions(string text, Username self)
    {
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            // In "a@b" the sign belongs to an address.
            if (at > 0 && IsOfName(text[at - 1]))
            {
                continue;
            }

            var end = at + 1;
            while (end < text.Length && IsOfName(text[end]))
            {
                end++;
            }

            var name = text.AsSpan(at + 1, end - at - 1);
            if (
                name.Equals(self.Value, StringComparison.OrdinalIgnoreCase)
                || name.Equals(Everybody, StringComparison.OrdinalIgnoreCase)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_';
}
