using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>An address that a <see cref="DirectRace"/> may dial.</summary>
/// <param name="Order">Position in the record; addresses of the LAN are before it.</param>
/// <param name="NotBefore">RFC 8305's Resolution Delay, where it applies.</param>
/// <param name="IsLimited">See <see cref="CandidateVerdict"/>.</param>
internal sealed record DirectCandidate(
    int Order,
    IPEndPoint Address,
    PathKind Kind,
    TimeSpan NotBefore,
    bool IsLimited
);

/// <summary>
/// The addresses that wait to be dialled. The families alternate, starting with IPv6 (RFC 8305, section 4), and each
/// keeps the order of the record. Addresses of the LAN come first, limited ones last.
/// </summary>
internal sealed class CandidateQueue
{
    private readonly List<DirectCandidate> _waiting = [];
    private AddressFamily _nextFamily = AddressFamily.InterNetworkV6;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>When the first may be dialled.</summary>
    /// <exception cref="InvalidOperationException">The queue is empty.</exception>
    public TimeSpan NextAt => _waiting.Min(candidate => candidate.NotBefore);

    public void Add(DirectCandidate candidate) => _waiting.Add(candidate);

    /// <summary>Releases a name's IPv4 addresses, because its IPv6 addresses have arrived.</summary>
    public void Release(int order)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Order == order)
            {
                _waiting[i] = _waiting[i] with { NotBefore = TimeSpan.MinValue };
            }
        }
    }

    /// <summary>Takes the next address.</summary>
    /// <exception cref="InvalidOperationException">None may be dialled yet.</exception>
    public DirectCandidate Take(TimeSpan now)
    {
        var ready = _waiting
            .Where(candidate => candidate.NotBefore <= now)
            .OrderBy(Rank)
            .ThenBy(candidate => candidate.Order)
            .ToList();
        if (ready.Count == 0)
        {
            throw new InvalidOperationException("No address may be dialled yet.");
        }

        var next = ready.FirstOrDefault(candidate =>
            candidate.Address.AddressFamily == _nextFamily && Rank(candidate) == Rank(ready[0])
        ) ?? ready[0];
        _nextFamily =
            next.Address.AddressFamily == AddressFamily.InterNetworkV6
                ? AddressFamily.InterNetwork
                : AddressFamily.InterNetworkV6;
        _ = _waiting.Remove(next);
        return next;
    }

    /// <summary>Removes and returns all addresses.</summary>
    public IReadOnlyList<DirectCandidate> Clear()
    {
        var left = _waiting.ToList();
        _waiting.Clear();
        return left;
    }

    private static int Rank(DirectCandidate candidate) =>
        candidate.IsLimited ? 2
        : candidate.Kind == PathKind.Lan ? 0
        : 1;
}
