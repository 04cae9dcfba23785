using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>How a person in a room is shown.</summary>
/// <param name="Key">Names the person on the page.</param>
/// <param name="Name">With a question mark if nobody has checked it. This user's own username for themselves.</param>
/// <param name="Hue">From 0 to 11: see <see cref="PersonHue"/>.</param>
/// <param name="Picture">The address of their picture; null if there is none.</param>
/// <param name="IsSelf">Whether it is this user.</param>
/// <param name="IsChecked">Whether the name belongs to the person's key.</param>
/// <param name="IsContact">Whether there is a conversation with the person.</param>
public sealed record RoomFace(
    PeerId Key,
    string Name,
    string Initial,
    int Hue,
    string? Picture,
    bool IsSelf,
    bool IsChecked,
    bool IsContact
)
{
    /// <summary>The name at the beginning of a sentence.</summary>
    public string Subject => IsSelf ? "You" : Name;

    /// <summary>The name within a sentence.</summary>
    public string Object => IsSelf ? "you" : Name;

    internal static RoomFace Of(RoomPerson person, ChatPageModel page)
    {
        var hue = PersonHue.Of(person.Key);
        if (person is not { HasCheckedName: true, Name: { } username })
        {
            var initial = person.Name is { } given ? Person.InitialOf(given.Value) : "?";
            return new RoomFace(person.Key, person.Shown, initial, hue, null, IsSelf: false, IsChecked: false, false);
        }

        // Another key may have had the name before, and with it the conversation and the picture.
        var isSelf = username == page.Self;
        var known =
            isSelf ? new Person(username) { Profile = page.Own }
            : person.IsContact ? page.Find(username)
            : new Person(username);
        return new RoomFace(
            person.Key,
            isSelf ? username.Value : known.DisplayName,
            known.Initial,
            hue,
            known.PictureAddress,
            isSelf,
            IsChecked: true,
            known.Accepted
        );
    }
}
