using P2PChat.Node.DirectoryClient;

namespace P2PChat.Node.Paths;

/// <summary>
/// What a path session can bring. If both peers search at once, the session of the higher rank is used, and of two
/// equal ones that of the lower PeerId. A request names its rank, so both sides decide alike.
/// </summary>
internal enum PathRank
{
    /// <summary>A report only.</summary>
    Test,

    /// <summary>A path without the relay, which as a rule replaces a relayed one.</summary>
    WithoutRelay,

    /// <summary>Any path. The caller may have no link at all.</summary>
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
