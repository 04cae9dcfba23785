using Microsoft.Extensions.Time.Testing;
using P2PChat.Discovery.Mailboxes;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Discovery.Mailboxes;

public sealed class RecentSignalsTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly FakeTimeProvider _time = new();
    private readonly RecentSignals _signals;

    public RecentSignalsTests() => _signals = new RecentSignals(_time);

    [Fact]
    public void Signals_are_kept_in_order_per_name_until_they_expire()
    {
        Add(Alice, 1);
        Add(Bob, 2);
        _time.Advance(RecentSignals.Kept / 2);
        Add(Alice, 3);

        Assert.Equal([1, 3], Of(Alice));
        Assert.Equal([2], Of(Bob));
        _time.Advance(RecentSignals.Kept / 2);
        Assert.Equal([3], Of(Alice));
        Assert.Empty(Of(Bob));
        _time.Advance(RecentSignals.Kept / 2);
        Assert.Empty(Of(Alice));
    }

    [Fact]
    public void Flood_drops_the_oldest_signals()
    {
        Add(Alice, 1);
        for (var i = 0; i <= RecentSignals.MaxBytes / ISignalBus.MaxBytes; i++)
        {
            _signals.Add(new PeerSignal(Bob, "path", new byte[ISignalBus.MaxBytes]));
        }

        Add(Alice, 2);
        Assert.Equal([2], Of(Alice));
        Assert.InRange(Of(Bob).Count, 1, RecentSignals.MaxBytes / ISignalBus.MaxBytes);
    }

    private void Add(Username to, byte number) => _signals.Add(new PeerSignal(to, "path", new[] { number }));

    private List<byte> Of(Username name) => [.. _signals.For(name).Select(signal => signal.Data.Span[0])];
}
