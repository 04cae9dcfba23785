using P2PChat.Node.Identity;
using P2PChat.Node.Lan;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Collects what this peer knows about itself and its local network.</summary>
internal sealed class LocalCheck(
    PeerListener listener,
    Preferences preferences,
    Contacts contacts,
    LanPeers lan,
    PeerOptions options
)
{
    public LocalFacts Facts()
    {
        var hides = preferences.HideAddress;
        var looks = options is { Lan: true, LocalOnly: false } && !hides;
        return new LocalFacts(
            hides ? [] : [.. listener.Endpoints.Select(AdvertisedEndpoints.Text)],
            listener.Port,
            HasFixedPort: options.Port != 0,
            hides,
            options.LocalOnly,
            options.Punch,
            looks,
            looks
                ?
                [
                    .. contacts
                        .List()
                        .Where(one => one.PeerId is { } key && lan.EndpointsOf(key).Count > 0)
                        .Select(one => one.Name),
                ]
                : [],
            IsDirectoryHere: Uri.TryCreate(options.Discovery, UriKind.Absolute, out var directory)
                && directory.IsLoopback
        );
    }
}
