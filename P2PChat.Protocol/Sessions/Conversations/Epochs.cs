namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// What a new epoch is (docs/protocol.md, section 7): the time it begins in its upper bits, so that it is above the earlier
/// ones, and chance in its lower ones. Who is put back to the same older state twice begins at the same place twice, and a
/// clock that was put back shows the same time again: only chance keeps the second epoch from being the first.
/// </summary>
public static class Epochs
{
    /// <summary>The highest that a peer may say: it stays clear of overflow.</summary>
    public const ulong Highest = long.MaxValue;

    /// <summary>The highest that this side ever begins, whatever its clock or the other side says.</summary>
    public const ulong HighestOwn = (1UL << 63) - (1UL << 40);

    // 42 bits of milliseconds last until 2109; above the last of them there is room for who has to begin again.
    private const int ChanceBits = 21;
    private const int Chances = 1 << ChanceBits;
    private const long LastMillisecond = (1L << (63 - ChanceBits)) - (1L << 27);

    /// <summary>A new one, above another and above all that began in an earlier millisecond.</summary>
    /// <param name="draw">A random number from 0 up to, not including, the one that it is given.</param>
    public static ulong Next(DateTimeOffset now, ulong above, Func<int, int> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var epoch = First(now) + (ulong)draw(Chances);
        return epoch > above ? epoch
            : above >= HighestOwn ? Math.Max(1, epoch)
            : Above(above, draw);
    }

    /// <summary>
    /// A new one above another, whatever the time. Above <see cref="HighestOwn"/> there is none: then it starts again at the
    /// lowest, which a receiver takes from a side that it knows at the highest.
    /// </summary>
    /// <inheritdoc cref="Next"/>
    public static ulong Above(ulong epoch, Func<int, int> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var chance = 1 + (ulong)draw(Chances);
        return epoch >= HighestOwn ? chance : Math.Min(epoch + chance, HighestOwn);
    }

    /// <summary>The last that can begin at a time, unless it had to be above another.</summary>
    public static ulong LastOf(DateTimeOffset time) => First(time) + Chances - 1;

    private static ulong First(DateTimeOffset time) =>
        (ulong)Math.Clamp(time.ToUnixTimeMilliseconds(), 0, LastMillisecond) << ChanceBits;
}
