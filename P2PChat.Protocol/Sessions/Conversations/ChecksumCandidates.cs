namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// All <see cref="ItemChecksum"/>s that the other side may have after a run of items. Each abandoned message doubles
/// them, because it may have been received before its Skip.
/// </summary>
internal ref struct ChecksumCandidates
{
    /// <summary>Enough for six messages that were abandoned while in flight.</summary>
    public const int Capacity = 64;

    private readonly Span<ulong> _checksums;
    private int _count = 1;
    private bool _hasMessages;

    /// <param name="buffer">Room for <see cref="Capacity"/> checksums.</param>
    /// <param name="start">The checksum before the run.</param>
    public ChecksumCandidates(Span<ulong> buffer, ulong start)
    {
        _checksums = buffer;
        _checksums[0] = start;
    }

    /// <summary>The checksums of an outbox's items below <paramref name="next"/>.</summary>
    public static ChecksumCandidates Of(Outbox outbox, ulong next, Span<ulong> buffer)
    {
        var candidates = new ChecksumCandidates(buffer, outbox.Checksum);
        for (var sequence = outbox.Base; sequence < next; sequence++)
        {
            candidates.Append(outbox[sequence]);
        }

        return candidates;
    }

    public void Append(in OutboxItem item)
    {
        _hasMessages |= item.Message is not null;
        var branches = item.Abandoned is not null;
        if (branches && 2 * _count > Capacity)
        {
            _count = 0;
        }

        for (var i = _count - 1; i >= 0; i--)
        {
            if (branches)
            {
                _checksums[_count + i] = ItemChecksum.Append(_checksums[i], Guid.Empty);
            }

            _checksums[i] = ItemChecksum.Append(_checksums[i], item.ItemId);
        }

        _count = branches ? 2 * _count : _count;
    }

    /// <summary>Finds out which abandoned messages the other side received as Skips.</summary>
    /// <returns>
    /// One bit per abandoned message, the first in the lowest bit: set if its Skip was received. 0 if it is unknown.
    /// </returns>
    public readonly int SkipsOf(ulong checksum) => Math.Max(0, _checksums[.._count].IndexOf(checksum));

    /// <remarks>
    /// With too many candidates to try, any checksum matches if it acknowledges no message, and none otherwise.
    /// </remarks>
    public readonly bool Contains(ulong checksum) =>
        _count == 0 ? !_hasMessages : _checksums[.._count].Contains(checksum);
}
