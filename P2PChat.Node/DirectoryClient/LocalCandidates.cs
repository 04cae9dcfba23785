using System.Net;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// The endpoints that this peer gives to others, in its record and in path messages: those of this machine, then those
/// that a STUN server saw. Thread-safe.
/// </summary>
internal sealed class LocalCandidates(PeerListener listener, Preferences preferences, PeerOptions options)
{
    // One per family.
    private const int MaxReflexive = 2;

    private volatile IReadOnlyList<IPEndPoint> _reflexive = [];

    /// <summary>This peer's public addresses, as a STUN server saw them, even if they are hidden.</summary>
    public IEnumerable<IPAddress> Reflexive => _reflexive.Select(seen => seen.Address);

    /// <summary>Whether the user hides this peer's addresses, so that others get no endpoint.</summary>
    public bool AreHidden => preferences.HideAddress;

    /// <summary>At most <see cref="SignedRecord.MaxEndpoints"/>; empty if they are hidden.</summary>
    public IReadOnlyList<Endpoint> Current
    {
        get
        {
            if (AreHidden)
            {
                return [];
            }

            var hosts = listener.Endpoints;
            // Without a NAT the public address is this machine's own.
            var reflexive = _reflexive.Select(Of).Where(seen => !hosts.Any(host => IsSame(host, seen))).ToList();
            return reflexive.Count == 0
                ? hosts
                : [.. hosts.Take(SignedRecord.MaxEndpoints - reflexive.Count), .. reflexive];
        }
    }

    /// <summary>Replaces the endpoints that a STUN server saw.</summary>
    /// <returns>Whether they changed, so that they must be registered again.</returns>
    public bool SetReflexive(IReadOnlyList<IPEndPoint> seen)
    {
        IPEndPoint[] reflexive = options.LocalOnly
            ? []
            : [.. seen.Take(MaxReflexive).Select(one => new IPEndPoint(one.Address.Unmap(), one.Port))];
        var changed = !reflexive.SequenceEqual(_reflexive);
        _reflexive = reflexive;
        return changed;
    }

    private static bool IsSame(Endpoint host, Endpoint seen) => host.Host == seen.Host && host.Port == seen.Port;

    private static Endpoint Of(IPEndPoint seen) =>
        new()
        {
            Transport = Transport.Tcp,
            Host = seen.Address.ToString(),
            Port = (uint)seen.Port,
            Kind = CandidateKind.Reflexive,
        };
}
