using System.ComponentModel;
using System.Net;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;

namespace P2PChat.Node.Paths;

/// <summary>Collects what <see cref="CandidateRules"/> needs to know about this machine's networks.</summary>
internal sealed class PathContexts(
    ILocalAddresses addresses,
    PeerListener listener,
    LocalCandidates candidates,
    DirectoryRegistration registration,
    DirectorySockets sockets
)
{
    /// <param name="isOwnInitiative">Whether this peer asked for the run, not the other one.</param>
    public CandidateContext Create(PathTarget target, bool isOwnInitiative) =>
        new()
        {
            LocalNetworks = LocalNetworks.Read(),
            OwnEndPoints =
            [
                .. ReadAddresses()
                    .Append(IPAddress.Loopback)
                    .Append(IPAddress.IPv6Loopback)
                    .Select(address => new IPEndPoint(address, listener.Port)),
            ],
            OwnPublicAddresses =
            [
                .. candidates.Reflexive.Append(registration.ObservedAddress).OfType<IPAddress>().Distinct(),
            ],
            Directory = sockets.Directory,
            Observed = target.Observed,
            IsContact = target.IsContact,
            IsOwnInitiative = isOwnInitiative,
        };

    private IReadOnlyList<IPAddress> ReadAddresses()
    {
        try
        {
            return addresses.Read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            // No file descriptor is left, for example. The rules then know less about this machine.
            return [];
        }
    }
}
