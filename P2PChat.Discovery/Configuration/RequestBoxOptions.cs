namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:RequestBox</c>.</summary>
public sealed class RequestBoxOptions
{
    /// <summary>Maximum number of requests in a box. Each sender has at most one in it.</summary>
    public int Envelopes { get; set; } = 64;

    /// <summary>Maximum number of requests per sender within 24 hours.</summary>
    public int PerSender { get; set; } = 8;

    /// <summary>Maximum number of requests per address within 24 hours.</summary>
    public int PerAddress { get; set; } = 32;

    /// <summary>How long a request waits before it expires.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(7);
}
