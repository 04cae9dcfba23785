using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>The display names and pictures of the peer in this process, as contracts.</summary>
internal sealed class LocalProfiles(ProfileService profiles, StatusService status)
{
    public ProfileResponse Get()
    {
        var own = profiles.Own;
        return new ProfileResponse(status.Current.Name.Value, own.DisplayName, own.HasPicture, own.Version);
    }

    /// <returns>Null for a blocked contact, and one that has sent no profile.</returns>
    public ContactProfile? Of(Contact contact) =>
        contact is { Blocked: false, PeerId: { } key } ? profiles.Of(key) : null;

    /// <returns>Null for a blocked contact, and for a key that has sent no profile.</returns>
    public ContactProfile? Of(PeerView peer) => profiles.Of(peer.Name) is null ? null : profiles.Of(peer.PeerId);

    /// <exception cref="PeerException">The name is not valid, or could not be saved.</exception>
    public void SetName(string? name) => profiles.SetDisplayName(name);

    /// <exception cref="PeerException">The picture is not valid, or could not be saved.</exception>
    public void SetPicture(ReadOnlyMemory<byte>? picture)
    {
        if (picture is { } bytes)
        {
            profiles.SetPicture(bytes);
        }
        else
        {
            profiles.RemovePicture();
        }
    }

    /// <exception cref="PeerException">The name is not a username, or the picture cannot be read.</exception>
    public PictureFile? GetPicture(string? username) =>
        (username is null ? profiles.OwnPicture : profiles.PictureOf(ContractMapping.ParseUsername(username)))
            is { } picture
            ? new PictureFile(picture.Header.MediaType, picture.Bytes)
            : null;
}
