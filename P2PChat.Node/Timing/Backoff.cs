namespace P2PChat.Node.Timing;

/// <summary>Exponential backoff with jitter: the delay doubles with each failure in a row, up to a limit.</summary>
/// <param name="First">Delay after the first failure.</param>
/// <param name="Longest">Upper limit of the delay, before jitter.</param>
/// <param name="Jitter">Spreads the delays of many peers that fail at the same moment.</param>
internal sealed record Backoff(TimeSpan First, TimeSpan Longest, Jitter Jitter)
{
    /// <summary>Returns the delay before the next attempt.</summary>
    /// <param name="failures">Failures in a row, at least 1.</param>
    public TimeSpan After(int failures)
    {
        var factor = Math.Pow(2, failures - 1);
        // Compared before multiplying, because the product may overflow.
        return Jitter.Apply(factor < Longest / First ? First * factor : Longest);
    }
}
