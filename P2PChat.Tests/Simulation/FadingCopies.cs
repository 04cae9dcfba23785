using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Protocol.Content;

namespace P2PChat.Tests.Simulation;

/// <summary>The clocks at a sweep, and the true time.</summary>
/// <param name="At">The true time.</param>
/// <param name="Age">How long ago the directory answered, by the peer's running time.</param>
internal readonly record struct SweepReading(DateTimeOffset At, TimeReading Clocks, TimeSpan Age);

/// <summary>One side's copy of a message that disappears, as the oracle knows it.</summary>
/// <param name="Number">The position at which it was received; the default for an own one.</param>
internal sealed record FadingCopy(Guid Id, bool IsOwn, uint Seconds, Position Number)
{
    /// <summary>Whether the user has read it, or deleted it here.</summary>
    public bool IsSeen { get; set; }

    /// <summary>The first sweep after it was read or delivered; null before.</summary>
    public SweepReading? Begun { get; set; }

    /// <summary>The first sweep that knew the directory's time from after that; null before.</summary>
    public SweepReading? Dated { get; set; }

    public bool IsGone { get; set; }

    public override string ToString() => $"{(IsOwn ? "own" : "received")} {Id} of {Seconds} s";
}

/// <summary>
/// The messages of one conversation that disappear, as docs/decisions/0054-disappearing-messages.md says. Decides by
/// the true time what may be gone, and by the clocks what must be gone.
/// </summary>
internal sealed class FadingCopies
{
    // The store keeps milliseconds.
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(5);

    private readonly Dictionary<(Guid Id, bool IsOwn), FadingCopy> _all = [];

    public IReadOnlyCollection<FadingCopy> All => _all.Values;

    public void Add(FadingCopy copy)
    {
        if (copy.Seconds > 0)
        {
            _ = _all.TryAdd((copy.Id, copy.IsOwn), copy);
        }
    }

    public FadingCopy? Find(Guid id, bool isOwn) => _all.GetValueOrDefault((id, isOwn));

    /// <summary>Whether a message has disappeared, or that which it changes.</summary>
    public bool HasErased(HistoryMessage message)
    {
        var (id, isOwn) = message.Content switch
        {
            MessageContent.Edit edit => (edit.Id, message.IsOwn),
            MessageContent.Delete delete => (delete.Id, message.IsOwn),
            MessageContent.Reaction { To: var to } => (to.Id, message.IsOwn != to.Yours),
            _ => (message.Id, message.IsOwn),
        };
        return Find(id, isOwn) is { IsGone: true };
    }

    /// <summary>The user has read everything below a position.</summary>
    public void Read(Position next)
    {
        foreach (var copy in _all.Values.Where(copy => !copy.IsOwn && copy.Number < next))
        {
            copy.IsSeen = true;
        }
    }

    /// <summary>It is sent again, and counts from its next delivery.</summary>
    public void SendAgain(Guid id)
    {
        if (Find(id, isOwn: true) is { } copy)
        {
            (copy.Begun, copy.Dated) = (null, null);
        }
    }

    public FadingCopies Copy()
    {
        var copies = new FadingCopies();
        foreach (var copy in _all.Values)
        {
            copies.Add(copy with { });
        }

        return copies;
    }

    /// <summary>Starts the time of what is read or delivered. Called before a sweep.</summary>
    /// <param name="hasEnded">Whether an own message has left the outbox.</param>
    public void Begin(SweepReading now, Func<Guid, bool> hasEnded)
    {
        foreach (var copy in _all.Values.Where(copy => !copy.IsGone))
        {
            if (copy.Begun is null && (copy.IsOwn ? hasEnded(copy.Id) : copy.IsSeen))
            {
                copy.Begun = now;
            }

            if (
                copy is { Begun: { } begun, Dated: null }
                && now.Clocks.Directory is not null
                && now.Clocks.Ran - now.Age >= begun.Clocks.Ran
            )
            {
                copy.Dated = now;
            }
        }
    }

    /// <summary>Whether a copy that is gone now has gone too early.</summary>
    public static bool IsEarly(FadingCopy copy, SweepReading now)
    {
        if (copy.Begun is not { } begun)
        {
            return true;
        }

        var missing = TimeSpan.FromSeconds(copy.Seconds) - (now.At - begun.At);
        if (missing <= Precision)
        {
            return false;
        }

        // The one case that is not covered: both clocks were set ahead, or only now show the time.
        return copy.Dated is not { Clocks.Directory: { } before } dated
            || now.Clocks.Directory is not { } directory
            || Min(now.Clocks.Own - now.At - (dated.Clocks.Own - dated.At), directory - now.At - (before - dated.At))
                < missing - Precision;
    }

    /// <summary>Whether a copy that is still there stays for too long.</summary>
    public static bool IsLate(FadingCopy copy, SweepReading now)
    {
        var time = TimeSpan.FromSeconds(copy.Seconds) + Precision;
        return copy.Begun is { } begun
            && (
                now.Clocks.Ran - begun.Clocks.Ran >= time
                || (
                    copy.Dated is { Clocks.Directory: { } before } dated
                    && now.Clocks.Directory - before >= time
                    && now.Clocks.Own - dated.Clocks.Own >= time
                )
            );
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
