namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Up to where this side has all of the other side's earlier epochs, the newest <see cref="Most"/> of them. The other side
/// may come back as an older copy that relies on an acknowledgement from before this side lost its messages; this tells.
/// </summary>
public sealed class PastEpochs : IEquatable<PastEpochs>
{
    /// <summary>Of what lies below the oldest of so many, nothing is known, and nothing counts as lost.</summary>
    public const int Most = 16;

    public static readonly PastEpochs None = new([]);

    private readonly Position[] _ends;

    private PastEpochs(Position[] ends) => _ends = ends;

    /// <param name="ends">In ascending order.</param>
    public static PastEpochs Of(IEnumerable<Position> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        return new PastEpochs([.. ends.TakeLast(Most)]);
    }

    /// <summary>Another epoch begins.</summary>
    /// <param name="end">Up to where this side has all. What it says of an epoch that is here already is not new.</param>
    /// <param name="next">The new epoch. What is not below it is forgotten: the other side had to begin again at the lowest.</param>
    public PastEpochs With(Position end, ulong next)
    {
        var below = _ends.Where(past => past.Epoch < next).ToList();
        if (end.Epoch < next && (below.Count == 0 || below[^1].Epoch < end.Epoch))
        {
            below.Add(end);
        }

        return Of(below);
    }

    /// <summary>What this side has left of what it is said to have acknowledged in an earlier epoch.</summary>
    /// <returns>Null if it has lost nothing.</returns>
    public Position? KeptOf(Position acknowledged)
    {
        var index = Array.FindLastIndex(_ends, end => end.Epoch <= acknowledged.Epoch);
        return index < 0 || acknowledged <= _ends[index] ? null : _ends[index];
    }

    public bool Equals(PastEpochs? other) => other is not null && _ends.AsSpan().SequenceEqual(other._ends);

    public override bool Equals(object? obj) => Equals(obj as PastEpochs);

    public override int GetHashCode() => _ends.Length == 0 ? 0 : _ends[^1].GetHashCode();

    public override string ToString() => string.Join(", ", _ends);
}
