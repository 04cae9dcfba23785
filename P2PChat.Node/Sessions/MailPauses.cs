namespace P2PChat.Node.Sessions;

/// <summary>How long to wait before a call to a mailbox is made again.</summary>
internal static class MailPauses
{
    /// <summary>Where only the other peer, or time, can change the answer.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    /// <summary>Where time alone will change it.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>Doubled with each failure in a row up to <see cref="Usual"/>, and never twice the same.</summary>
    public static TimeSpan After(int failures) => After(failures, Usual);

    /// <inheritdoc cref="After(int)"/>
    public static TimeSpan After(int failures, TimeSpan longest)
    {
        var pause = First * Math.Pow(2, Math.Min(failures, 20) - 1);
        return Jittered(pause < longest ? pause : longest);
    }

    /// <summary>Between a half and the whole of it.</summary>
    public static TimeSpan Jittered(TimeSpan pause) => pause * (0.5 + Random.Shared.NextDouble() / 2);
}
