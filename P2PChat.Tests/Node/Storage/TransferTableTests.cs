using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Node.Storage;

public sealed class TransferTableTests : IDisposable
{
    private static readonly FileOffer Offer = new("a", 10, new byte[32], FileOffer.UnknownType);

    private readonly StoredContents _stored = new();

    private TransferTable Table => _stored.Store.Transfers;

    public void Dispose() => _stored.Dispose();

    [Fact]
    public async Task Offers_beyond_the_limit_are_declined()
    {
        for (var i = 0; i < TransferTable.MaxOffered; i++)
        {
            _ = _stored.Receive("a", new MessageContent.File(Offer));
        }

        var last = _stored.Receive("a", new MessageContent.File(Offer));

        await Table.AfterSavesAsync();
        Assert.Equal(TransferState.Declined, Table.Find(StoredContents.BobsKey, isOurs: false, last)!.State);
        Assert.Equal(TransferTable.MaxOffered, Table.Open(StoredContents.BobsKey).Count);
        Assert.Equal(last, Assert.Single(Table.Untold(StoredContents.BobsKey)).Id);
        await Table.SetEndToldAsync(StoredContents.BobsKey, isOurs: false, last);
        Assert.Empty(Table.Untold(StoredContents.BobsKey));
    }

    [Fact]
    public async Task Active_transfer_is_listed_before_newer_offers()
    {
        var active = _stored.Receive("a", new MessageContent.File(Offer));
        for (var i = 0; i < 1000; i++)
        {
            _ = _stored.Receive("a", new MessageContent.File(Offer));
        }

        await Table.AfterSavesAsync();
        var row = Table.Find(StoredContents.BobsKey, isOurs: false, active)!;
        await Table.SaveAsync(row with { State = TransferState.Active });

        Assert.Contains(Table.Newest(), transfer => transfer.Id == active);
        Assert.Contains(Table.NewestWith(StoredContents.BobsKey), transfer => transfer.Id == active);
        Assert.Equal(1000, Table.Newest().Count);
    }
}
