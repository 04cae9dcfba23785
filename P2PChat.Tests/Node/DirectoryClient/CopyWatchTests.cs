using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class CopyWatchTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly CopyWatch _watch = new();

    [Fact]
    public void Two_early_replaced_leases_show_a_copy()
    {
        _watch.Registered(wasLost: false, isNew: false, Start, Start.AddSeconds(30));
        Assert.False(IsCopyAfter(10));
        Assert.True(IsCopyAfter(20));

        _watch.Renewed(Start.AddSeconds(60));
        Assert.False(_watch.HasCopy);
    }

    [Fact]
    public void Expired_leases_show_no_copy()
    {
        // A laptop that wakes up for a few seconds from time to time.
        _watch.Registered(wasLost: false, isNew: false, Start, Start.AddSeconds(30));
        Assert.All([100, 200, 300], seconds => Assert.False(IsCopyAfter(seconds)));
    }

    private bool IsCopyAfter(int seconds)
    {
        _watch.Registered(wasLost: true, isNew: false, Start.AddSeconds(seconds), Start.AddSeconds(seconds + 30));
        return _watch.HasCopy;
    }
}
