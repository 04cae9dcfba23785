namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Creates epoch numbers (docs/protocol.md, section 7): the time in the upper bits, so that epochs ascend, and random
/// lower bits. Only these tell apart two epochs that begin at the same time, as after restoring the same backup twice.
/// </summary>
public static class Epochs
{
    /// <summary>The highest epoch or sequence that a peer may send. Leaves room before overflow.</summary>
    public const ulong Highest = long.MaxValue;

    /// <summary>The highest epoch that this side ever begins, whatever its clock or the other side says.</summary>
    public const ulong HighestOwn = (1UL << 63) - (1UL << 40);

    // 42 bits of milliseconds last until 2109, with room above the last for peers that must begin another epoch.
    private const int RandomBits = 21;
    private const int RandomValues = 1 << RandomBits;
    private const long LastMillisecond = (1L << (63 - RandomBits)) - (1L << 27);

    /// <summary>A new epoch above another one and above all that began in an earlier millisecond.</summary>
    /// <param name="draw">Returns a random number from 0 up to, but not including, its argument.</param>
    public static ulong Next(DateTimeOffset now, ulong above, Func<int, int> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var epoch = First(now) + (ulong)draw(RandomValues);
        return epoch > above ? epoch
            : above >= HighestOwn ? Math.Max(1, epoch)
            : Above(above, draw);
    }

    /// <summary>
    /// A new epoch above another one, whatever the time. Above <see cref="HighestOwn"/> it starts over from the lowest,
    /// which a receiver accepts from a side that it knows at the highest.
    /// </summary>
    /// <inheritdoc cref="Next"/>
    public static ulong Above(ulong epoch, Func<int, int> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var random = 1 + (ulong)draw(RandomValues);
        return epoch >= HighestOwn ? random : Math.Min(epoch + random, HighestOwn);
    }

    /// <summary>The highest epoch that <see cref="Next"/> creates at a time, if no earlier epoch was higher.</summary>
    public static ulong LastOf(DateTimeOffset time) => First(time) + RandomValues - 1;

    private static ulong First(DateTimeOffset time) =>
        (ulong)Math.Clamp(time.ToUnixTimeMilliseconds(), 0, LastMillisecond) << RandomBits;
}
