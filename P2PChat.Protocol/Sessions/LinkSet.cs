using System.Diagnostics.CodeAnalysis;

namespace P2PChat.Protocol.Sessions;

/// <summary>The links between two peers, and which of several open ones both sides keep.</summary>
/// <param name="isLower">Whether this side has the lower PeerId.</param>
internal sealed class LinkSet(bool isLower)
{
    private readonly SortedDictionary<int, SessionLink> _links = [];
    private int _open;
    private ulong _lastNumber;

    public bool IsEmpty => _links.Count == 0;

    public bool HasOpen => _open > 0;

    public int Pending => _links.Count - _open;

    /// <summary>All links, oldest first.</summary>
    public IEnumerable<SessionLink> All => _links.Values;

    public IEnumerable<SessionLink> Open => _links.Values.Where(link => link.IsOpen);

    public IEnumerable<SessionLink> WithRequest => _links.Values.Where(link => link.HasRequest);

    /// <summary>
    /// The link to keep (docs/protocol.md, section 8): not relayed before relayed, then one whose TLS client has the
    /// lower PeerId, then the newest by the client's numbers, because the two sides may see links open in different
    /// orders. Null if no link is open.
    /// </summary>
    public SessionLink? Preferred =>
        Open.MaxBy(link =>
            (!link.Origin.IsRelayed, link.Origin.IsTlsClient == isLower, link.Handshake.Number, link.Id)
        );

    /// <summary>
    /// Whether a link is older than another: by the numbers of their TLS client, or if there are none to compare, by
    /// the order in which they came up at this side.
    /// </summary>
    public static bool IsOlder(SessionLink link, SessionLink other)
    {
        var (number, otherNumber) = (link.Handshake.Number, other.Handshake.Number);
        return
            link.Origin.IsTlsClient == other.Origin.IsTlsClient
            && number != otherNumber
            && number != 0
            && otherNumber != 0
            ? number < otherNumber
            : link.Id < other.Id;
    }

    public bool TryGet(int id, [NotNullWhen(true)] out SessionLink? link) => _links.TryGetValue(id, out link);

    /// <summary>
    /// A number for a new link. Time-based, so that it is above the numbers of earlier processes, whose dead links the
    /// other side may still hold.
    /// </summary>
    public ulong NextNumber(DateTimeOffset startedAt) =>
        _lastNumber = Math.Max(_lastNumber + 1, (ulong)Math.Max(1, startedAt.ToUnixTimeMilliseconds()));

    public void Add(SessionLink link) => _links.Add(link.Id, link);

    public void MarkOpen(SessionLink link)
    {
        link.IsOpen = true;
        _open++;
    }

    public void Remove(SessionLink link)
    {
        if (_links.Remove(link.Id) && link.IsOpen)
        {
            _open--;
        }
    }
}
