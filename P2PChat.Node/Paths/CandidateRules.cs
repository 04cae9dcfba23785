using System.Net;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Limits;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>
/// Decides which addresses of another peer may be tried, on the resolved address. Pure. docs/decisions/0046 has the
/// table.
/// </summary>
internal sealed class CandidateRules
{
    private const int HttpsPort = 443;
    private const int FirstUserPort = 1024;

    private readonly CandidateContext _context;
    private readonly bool _isBehindSameNat;
    private readonly AddressScope _directoryScope;

    /// <param name="endpoints">All endpoints of the other peer, some of which may be reflexive.</param>
    public CandidateRules(CandidateContext context, IReadOnlyList<Endpoint> endpoints)
    {
        _context = context;
        _directoryScope = context.Directory is { } directory ? AddressScopes.Of(directory) : AddressScope.Public;
        _isBehindSameNat = SeenAddresses(endpoints).Any(IsOwnPublic);
    }

    /// <summary>Checks an address from a record or a path message.</summary>
    public CandidateVerdict Check(IPEndPoint endPoint, CandidateKind kind)
    {
        if (Common(endPoint) is { } refusal)
        {
            return new CandidateVerdict(refusal);
        }

        return AddressScopes.Of(endPoint.Address) switch
        {
            AddressScope.Public => CheckPublic(endPoint.Address, kind),
            AddressScope.Private => new CandidateVerdict(
                IsPrivateAllowed(endPoint.Address) ? null : PathOutcome.NotOnThisNetwork
            ),
            AddressScope.Loopback when _directoryScope == AddressScope.Loopback => default,
            _ => new CandidateVerdict(PathOutcome.NotRoutable),
        };
    }

    /// <summary>Checks an address from LAN discovery, which must be on a network of this machine.</summary>
    public CandidateVerdict CheckLan(IPEndPoint endPoint) =>
        new(
            Common(endPoint)
                ?? AddressScopes.Of(endPoint.Address) switch
                {
                    AddressScope.Unusable or AddressScope.Loopback => PathOutcome.NotRoutable,
                    AddressScope.LinkLocal => null,
                    _ => IsOnLink(endPoint.Address) ? null : PathOutcome.NotOnThisNetwork,
                }
        );

    /// <summary>Whether an address belongs to the machine that the directory saw.</summary>
    /// <remarks>A machine often registers from one address of its IPv6 network, and listens at another.</remarks>
    public static bool IsAt(IPAddress? seen, IPAddress address) =>
        seen is not null && ClientNetwork.Of(seen).Equals(ClientNetwork.Of(address));

    private PathOutcome? Common(IPEndPoint endPoint) =>
        endPoint.Port is < FirstUserPort and not HttpsPort ? PathOutcome.ForbiddenPort
        // Docker's bridge, for example, has the same address on many machines.
        : _context.OwnEndPoints.Contains(endPoint) ? PathOutcome.NotRoutable
        : null;

    private CandidateVerdict CheckPublic(IPAddress address, CandidateKind kind)
    {
        if (_context.IsContact || IsObserved(address))
        {
            return default;
        }

        return kind == CandidateKind.Reflexive || !_context.IsOwnInitiative
            ? new CandidateVerdict(PathOutcome.NotConfirmed)
            : new CandidateVerdict(Refusal: null, IsLimited: true);
    }

    // The signal of a stranger must not make this peer probe its own network on behalf of another one.
    private bool IsPrivateAllowed(IPAddress address) =>
        _directoryScope != AddressScope.Public
        || _isBehindSameNat
        || (IsOnLink(address) && (_context.IsContact || _context.IsOwnInitiative));

    private bool IsObserved(IPAddress address) => IsAt(_context.Observed, address);

    private bool IsOnLink(IPAddress address) =>
        _context.LocalNetworks.Any(network =>
            network.Contains(address)
            // An overlay network gives its interface a single address of the block, and routes the block there.
            || (AddressScopes.Shared.Contains(network.BaseAddress) && AddressScopes.Shared.Contains(address))
        );

    // A directory behind a proxy sees all peers at the proxy's private address, which says nothing about their NATs.
    private bool IsOwnPublic(IPAddress address) =>
        AddressScopes.Of(address) == AddressScope.Public && _context.OwnPublicAddresses.Contains(address);

    // Only the directory's word counts for a stranger, whose record can name anything.
    private IEnumerable<IPAddress> SeenAddresses(IReadOnlyList<Endpoint> endpoints)
    {
        if (_context.Observed is { } observed)
        {
            yield return observed.Unmap();
        }

        foreach (var endpoint in endpoints)
        {
            if (
                _context.IsContact
                && endpoint.Kind == CandidateKind.Reflexive
                && IPAddress.TryParse(endpoint.Host, out var address)
            )
            {
                yield return address.Unmap();
            }
        }
    }
}

/// <summary>The result of <see cref="CandidateRules"/>.</summary>
/// <param name="Refusal">Why the address is not tried; null if it is.</param>
/// <param name="IsLimited">
/// Whether the address is a stranger's that nobody has confirmed: of these, one gets one SYN per run.
/// </param>
internal readonly record struct CandidateVerdict(PathOutcome? Refusal, bool IsLimited = false);
