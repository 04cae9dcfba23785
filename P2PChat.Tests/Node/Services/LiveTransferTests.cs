using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

public sealed class LiveTransferTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Rate_is_forgotten_when_nothing_has_moved_for_three_seconds()
    {
        var transfer = Transfer(written: 0);
        transfer.Start(0);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(transfer.Advance(1000));
        Assert.Equal(1000, transfer.Current.Rate);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(transfer.TryStall());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(transfer.TryStall());
        Assert.Null(transfer.Current.Rate);
        Assert.Null(transfer.Current.TimeLeft);
        Assert.False(transfer.TryStall());
    }

    [Fact]
    public void Progress_of_an_earlier_process_shows_before_it_is_hashed() =>
        Assert.Equal(4000, Transfer(written: 4000).Current.Done);

    [Fact]
    public void Start_on_another_link_ends_a_pause_that_is_not_reported_again()
    {
        var transfer = Transfer(written: 0);
        transfer.IsPausedByThem = true;
        transfer.Start(0);
        Assert.False(transfer.Current.IsPausedByThem);
    }

    private LiveTransfer Transfer(long written) =>
        new(
            new StoredTransfer(
                PeerIdentity.Create().PeerId,
                Username.Parse("alice"),
                IsOurs: false,
                Guid.NewGuid(),
                new FileOffer("a", 10_000, new byte[32], FileOffer.UnknownType),
                TransferState.Active,
                TransferProblem.None,
                Path: null
            ),
            written,
            _clock
        );
}
