using Aspire.Hosting;

namespace P2PChat.Tests.Infrastructure;

/// <summary>A test of what only the stand-ins do; skipped where Aspire itself is there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute()
    {
        if (Feed.IsFull) Skip = "This tests the stand-ins for a restricted feed.";
    }
}

/// <summary>A test that needs Aspire itself; skipped on a restricted feed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FullFeedFactAttribute : FactAttribute
{
    public FullFeedFactAttribute()
    {
        if (!Feed.IsFull) Skip = "This needs a NuGet feed that carries Aspire.";
    }
}

internal static class Feed
{
    public static bool IsFull => typeof(DistributedApplication).Assembly.GetName().Name == "Aspire.Hosting";
}
