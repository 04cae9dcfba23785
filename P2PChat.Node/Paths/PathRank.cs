using P2PChat.Node.DirectoryClient;

namespace P2PChat.Node.Paths;

/// <summary>
/// The priority of a path session. If both peers search at once, the session of the higher rank is used, and of two
/// equal ones that of the lower PeerId. The request shows the rank, so both sides decide alike.
/// </summary>
internal enum PathRank
{
    /// <summary>Leads to a report only.</summary>
    Test,

    /// <summary>Leads to a path without the relay, usually in place of a relayed one.</summary>
    WithoutRelay,

    /// <summary>Leads to any path. The caller may have no link at all.</summary>
    WithRelay,
}

internal static class PathRanks
{
    public static PathRank Of(PathPlan plan) =>
        plan.IsTest ? PathRank.Test
        : plan.MayRelay && !plan.IsUpgrade ? PathRank.WithRelay
        : PathRank.WithoutRelay;

    public static PathRank Of(IncomingPath path) =>
        path.IsTest ? PathRank.Test
        : path.WithoutRelay ? PathRank.WithoutRelay
        : PathRank.WithRelay;
}
