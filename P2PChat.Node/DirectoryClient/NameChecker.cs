using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Result of checking the name in a Hello.</summary>
/// <param name="Ephemeral">Whether, by its record, the key lives only as long as its process.</param>
internal readonly record struct CheckedName(NameCheck Result, bool Ephemeral = false);

/// <summary>
/// Checks whether a name belongs to an authenticated key, by its pin or else by the directory. A key counts as changed
/// only if the directory confirms it, because otherwise anybody could make the user trust a key.
/// </summary>
internal sealed class NameChecker(PeerLookup lookup, Contacts contacts)
{
    public async Task<CheckedName> CheckAsync(Username name, PeerId peerId, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.name_check");
        var result = await LookUpAsync(name, peerId, cancellationToken);
        span?.SetTag("p2pchat.peer.name_check", Telemetry.Word(result.Result));
        return result;
    }

    private async Task<CheckedName> LookUpAsync(Username name, PeerId peerId, CancellationToken cancellationToken)
    {
        if (contacts.Check(name, peerId) == PinCheck.Same)
        {
            return new(NameCheck.Confirmed);
        }

        try
        {
            var found = await lookup.FindAsync(name, cancellationToken);
            return found.PeerId == peerId ? new(NameCheck.Confirmed, found.Ephemeral) : new(NameCheck.Mismatch);
        }
        catch (PeerException exception)
        {
            return new(
                exception.Error switch
                {
                    PeerError.UnknownPeer => NameCheck.Mismatch,
                    PeerError.KeyChanged => exception.OtherKey == peerId ? NameCheck.KeyChanged : NameCheck.Mismatch,
                    _ => NameCheck.Unavailable,
                }
            );
        }
    }
}
