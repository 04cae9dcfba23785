using P2PChat.Node.Timing;

namespace P2PChat.Node.Sessions;

/// <summary>How long to wait after a failed call to a mailbox before the next one.</summary>
internal readonly record struct MailPause
{
    /// <summary>For failures that only the other peer, or time, can end.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    /// <summary>The upper bound for failures that end by themselves.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private readonly bool _grows;

    private MailPause(TimeSpan first, TimeSpan longest, bool grows) =>
        (_first, _longest, _grows) = (first, longest, grows);

    /// <summary>A pause that doubles after each consecutive failure, up to <see cref="Usual"/>.</summary>
    public static MailPause Growing => GrowingTo(Usual);

    /// <summary>A pause that doubles after each consecutive failure, up to <paramref name="longest"/>.</summary>
    public static MailPause GrowingTo(TimeSpan longest) => GrowingFrom(First, longest);

    /// <inheritdoc cref="GrowingTo"/>
    /// <param name="first">The pause after the first failure.</param>
    public static MailPause GrowingFrom(TimeSpan first, TimeSpan longest) => new(first, longest, grows: true);

    /// <summary>The pause that the directory asks for, but at least a second, and at most <see cref="Long"/>.</summary>
    public static MailPause Of(TimeSpan length) =>
        // Proxies may send "Retry-After: 0", and the call would be repeated without a pause.
        new(
            First,
            length < First ? First
                : length < Long ? length
                : Long,
            grows: false
        );

    /// <summary>The pause with jitter.</summary>
    /// <param name="failures">The number of consecutive failures, at least 1.</param>
    public TimeSpan After(int failures) =>
        _grows ? new Backoff(_first, _longest, Jitter.HalfToWhole).After(failures) : _longest + Jittered(_longest / 4);

    /// <summary>A random time between half the pause and all of it.</summary>
    public static TimeSpan Jittered(TimeSpan pause) => Jitter.HalfToWhole.Apply(pause);
}
