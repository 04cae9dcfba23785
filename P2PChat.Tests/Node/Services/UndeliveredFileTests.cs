using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Offers that never reach their receiver.</summary>
public sealed class UndeliveredFileTests(RestartableDirectory directory)
    : IClassFixture<RestartableDirectory>,
        IDisposable
{
    private readonly FilePeers _peers = new(directory);
    private readonly SettableClock _clock = new();

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Offer_that_was_never_sent_ends_as_not_delivered()
    {
        await using var alice = await StartAsync("losta", TimeSpan.FromDays(30));
        var id = await OfferToAbsentAsync(alice, "lostb");

        _clock.LetPass(TimeSpan.FromDays(14));
        alice.Expire();

        Assert.Equal(TransferProblem.NotDelivered, (await ExpectAsync(alice, id, TransferState.Failed)).Problem);
        // The event comes before the end is saved.
        await Eventually.True(() => Store(alice).Transfers.Open().Count == 0, PeerUnderTest.Soon, "the end is saved");
    }

    [Fact]
    public async Task Offer_that_was_lost_in_the_mailbox_ends_once_the_other_side_is_past_it()
    {
        Guid id;
        await using (var alice = await StartAsync("lostc", TimeSpan.FromMilliseconds(1)))
        {
            id = await OfferToAbsentAsync(alice, "lostd");
            _ = await alice.Expect<PeerEvent.Receipt>(receipt =>
                receipt.Id == id && receipt.State == MessageState.Sent
            );
            _clock.LetPass(TimeSpan.FromDays(14));
            alice.Expire();
            _ = await alice.Expect<PeerEvent.Receipt>(receipt =>
                receipt.Id == id && receipt.State == MessageState.Unconfirmed
            );
        }

        // The directory keeps nothing, so the mail is lost.
        await directory.StopAsync();
        await directory.StartAsync();
        await using var again = await _peers.StartAsync("lostc");
        // It may still be delivered.
        Assert.Single(Store(again).Transfers.Open());
        await using var bob = await _peers.StartAsync("lostd");
        await again.ConnectAsync(bob);

        Assert.Equal(TransferProblem.NotDelivered, (await ExpectAsync(again, id, TransferState.Failed)).Problem);
        Assert.Empty(Files(bob).All);
        Assert.Equal(MessageState.Unconfirmed, again.Messages.InfoOf(bob.Name, id).Message.State);
    }

    private Task<PeerUnderTest> StartAsync(string name, TimeSpan depositAfter) =>
        PeerUnderTest.StartAsync(
            directory,
            name,
            options =>
            {
                (options.Ephemeral, options.DepositAfter) = (false, depositAfter);
                options.Data = Path.Combine(_peers.Folder, name);
            },
            timeProvider: _clock
        );

    private async Task<Guid> OfferToAbsentAsync(PeerUnderTest alice, string other)
    {
        await using (var bob = await _peers.StartAsync(other))
        {
            await alice.ConnectAsync(bob);
            _ = await bob.Messages.SendAsync(alice.Name, "hello");
            _ = await alice.Expect<PeerEvent.MessageReceived>();
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = _peers.Write("a", 10);
        var to = Username.Parse(other);
        var path = Path.Combine(_peers.Folder, "a");
        return (await Files(alice).OfferAsync(to, path, mediaType: null, CancellationToken.None)).Id;
    }
}
