namespace P2PChat.Protocol.DirectoryApi;

/// <summary>Limits of join codes. The code itself is derived from an invite's secret.</summary>
public static class JoinCodes
{
    /// <summary>Length of a code in bytes.</summary>
    public const int Size = 32;

    /// <summary>Maximum number of keys that may join with one code.</summary>
    public const int MaxUses = 100;

    /// <summary>Maximum time from now until a code expires.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(90);
}
