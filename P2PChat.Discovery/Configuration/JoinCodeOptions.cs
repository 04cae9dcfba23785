namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:JoinCodes</c>.</summary>
public sealed class JoinCodeOptions
{
    /// <summary>
    /// Whether peers may make join codes and join with them. Keys that have joined stay members if it is turned off.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Maximum number of valid codes per key.</summary>
    public int PerIdentity { get; set; } = 100;

    /// <summary>Maximum number of valid codes made from one address.</summary>
    public int PerAddress { get; set; } = 1_000;

    /// <summary>How long a key stays a member after its last registration.</summary>
    public TimeSpan MemberKept { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How often expired codes and members are deleted. An expired code is never accepted.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Default number of members per page of <c>GET /admin/members</c>.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>Maximum number of members per page.</summary>
    public int MaxPageSize { get; set; } = 1_000;
}
