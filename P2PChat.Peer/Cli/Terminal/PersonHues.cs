using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The hues of usernames, derived from their pinned keys.</summary>
internal sealed class PersonHues(ContactService contacts, StatusService status)
{
    /// <returns>See <see cref="PersonHue"/>.</returns>
    public int Of(string username)
    {
        var name = Username.Parse(username);
        return status.Current.Name == name ? PersonHue.Of(status.Current.PeerId)
            : contacts.Find(name)?.PeerId is { } key ? PersonHue.Of(key)
            : PersonHue.Of(name);
    }
}
