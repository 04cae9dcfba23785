using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.Discovery.RateLimits;

namespace P2PChat.Tests.Discovery;

public sealed class BudgetTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Budget _budget;

    public BudgetTests() =>
        _budget = new(
            new RateLimit { Burst = 3, PerSecond = 0.01 },
            "test",
            new DirectoryMetrics(_services.GetRequiredService<IMeterFactory>())
        );

    public void Dispose()
    {
        _budget.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void What_is_given_back_can_be_spent_and_what_was_spent_cannot()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.True(_budget.TryHold("alice"));
            _budget.Return("alice", isSpent: false);
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.True(_budget.TryHold("alice"));
            _budget.Return("alice", isSpent: true);
        }

        Assert.False(_budget.TryHold("alice"));
        Assert.Throws<ProblemException>(() => _budget.Spend("alice"));
        _budget.Spend("bob");
    }

    [Fact]
    public void What_somebody_holds_nobody_else_spends()
    {
        Assert.True(_budget.TryHold("alice"));
        _budget.Spend("alice");
        Assert.True(_budget.TryHold("alice"));

        Assert.False(_budget.TryHold("alice"));
        Assert.Throws<ProblemException>(() => _budget.Spend("alice"));

        _budget.Return("alice", isSpent: false);
        _budget.Spend("alice");
        _budget.Return("alice", isSpent: true);
        Assert.Throws<ProblemException>(() => _budget.Spend("alice"));
    }

    [Fact]
    public void Those_who_leave_one_keep_nobody_from_spending_however_many_they_are()
    {
        Assert.True(_budget.TryHold("alice", leaves: 1));
        Assert.True(_budget.TryHold("alice", leaves: 1));
        Assert.False(_budget.TryHold("alice", leaves: 1));

        _budget.Spend("alice");
    }
}
