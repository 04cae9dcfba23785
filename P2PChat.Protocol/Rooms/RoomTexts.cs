using System.Text;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Protocol.Rooms;

/// <summary>What the members of a room may type or set. The same rules hold for what others have sent.</summary>
public static class RoomTexts
{
    public static RoomRefusal? CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return string.IsNullOrWhiteSpace(name) ? RoomRefusal.Malformed
            : name.Length > RoomLimits.NameLength ? RoomRefusal.TooLarge
            : null;
    }

    /// <param name="picture">Empty for none.</param>
    public static RoomRefusal? CheckPicture(ReadOnlySpan<byte> picture) =>
        // A larger one would not fit into an event.
        picture.Length > RoomLimits.TextBytes
            ? RoomRefusal.TooLarge
            : ProfileRules.Check(picture) switch
            {
                ProfileProblem.None => null,
                ProfileProblem.PictureSize => RoomRefusal.TooLarge,
                _ => RoomRefusal.Malformed,
            };

    public static RoomRefusal? CheckText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? RoomRefusal.Malformed
            : Encoding.UTF8.GetByteCount(text) > RoomLimits.TextBytes ? RoomRefusal.TooLarge
            : null;
    }
}
