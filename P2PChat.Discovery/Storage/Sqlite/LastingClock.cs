using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>
/// Delays a jump of the clock between two processes, as <c>Scripts/sweep.lua</c> does for Redis: of the time between
/// two sweeps one hour counts at once, and half of the rest in each hour after that.
/// </summary>
/// <param name="swept">Time of the last sweep, to the minute, in milliseconds; null if there was none.</param>
/// <param name="skipped">Elapsed time that does not count yet, in milliseconds.</param>
internal sealed class LastingClock(long? swept, long skipped)
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    public long? Swept { get; private set; } = swept;

    public long Skipped { get; private set; } = skipped;

    public StoreTime At(DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        var lasting = Swept is { } last ? time - Skipped - Math.Max(0, time - last - Hour) : time;
        return new StoreTime(now, DateTimeOffset.FromUnixTimeMilliseconds(lasting));
    }

    /// <returns>Whether the state has changed.</returns>
    public bool Sweep(DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        var since = time - Swept;
        if (since is >= 0 and < Minute)
        {
            return false;
        }

        Skipped = since switch
        {
            null => 0,
            > Hour => (Skipped / 2) + since.Value - Hour,
            < 0 => Math.Max(0, Skipped + since.Value),
            _ => (long)(Skipped * Math.Pow(0.5, (double)since.Value / Hour)),
        };
        Swept = time;
        return true;
    }
}
