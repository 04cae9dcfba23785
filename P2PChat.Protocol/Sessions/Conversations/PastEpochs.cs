namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// How far this side has received the other side's earlier epochs, for the newest <see cref="Capacity"/> of them. Shows
/// which messages are missing when the other side returns as an older copy that relies on a forgotten acknowledgement.
/// </summary>
public sealed class PastEpochs : IEquatable<PastEpochs>
{
    /// <summary>Number of epochs that are remembered. Nothing counts as missing from older ones.</summary>
    public const int Capacity = 16;

    public static readonly PastEpochs None = new([]);

    private readonly Position[] _ends;

    private PastEpochs(Position[] ends) => _ends = ends;

    /// <param name="ends">In ascending order.</param>
    public static PastEpochs Of(IEnumerable<Position> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        return new PastEpochs([.. ends.TakeLast(Capacity)]);
    }

    /// <summary>Adds the epoch that ends. An epoch that is known already keeps its end.</summary>
    /// <param name="end">How far this side has received it.</param>
    /// <param name="next">
    /// The new epoch. All that are not below it are forgotten, because the other side started over from the lowest.
    /// </param>
    public PastEpochs With(Position end, ulong next)
    {
        var below = _ends.Where(past => past.Epoch < next).ToList();
        if (end.Epoch < next && (below.Count == 0 || below[^1].Epoch < end.Epoch))
        {
            below.Add(end);
        }

        return Of(below);
    }

    /// <summary>
    /// The position up to which this side still has what it acknowledged, according to the other side, in an earlier
    /// epoch.
    /// </summary>
    /// <returns>Null if nothing is missing.</returns>
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
