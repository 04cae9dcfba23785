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

    private readonly TimeSpan _longest;
    private readonly bool _grows;

    private MailPause(TimeSpan longest, bool grows) => (_longest, _grows) = (longest, grows);

    /// <summary>A pause that doubles after each consecutive failure, up to <see cref="Usual"/>.</summary>
    public static MailPause Growing => GrowingTo(Usual);

    /// <summary>A pause that doubles after each consecutive failure, up to <paramref name="longest"/>.</summary>
    public static MailPause GrowingTo(TimeSpan longest) => new(longest, grows: true);

    /// <summary>The pause that the directory asks for, but at most <see cref="Long"/>.</summary>
    public static MailPause Of(TimeSpan length) => new(length < Long ? length : Long, grows: false);

    /// <summary>The pause with jitter.</summary>
    /// <param name="failures">The number of consecutive failures, at least 1.</param>
    public TimeSpan After(int failures) =>
        _grows ? new Backoff(First, _longest, Jitter.HalfToWhole).After(failures) : _longest + Jittered(_longest / 4);

    /// <summary>A random time between half the pause and all of it.</summary>
    public static TimeSpan Jittered(TimeSpan pause) => Jitter.HalfToWhole.Apply(pause);
}
