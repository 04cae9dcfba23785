using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Sessions.Conversations;

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
    public async Task Offers_beyond_the_limit_of_open_files_are_declined()
    {
        for (var i = 0; i < TransferTable.MaxOpen; i++)
        {
            _ = _stored.Receive("a", new MessageContent.File(Offer));
            if (i % TransferTable.MaxOffered == TransferTable.MaxOffered - 1)
            {
                await _stored.RunAsync("UPDATE transfers SET state = 1");
            }
        }

        var last = _stored.Receive("a", new MessageContent.File(Offer));

        await Table.AfterSavesAsync();
        Assert.Equal(TransferState.Declined, Table.Find(StoredContents.BobsKey, isOurs: false, last)!.State);
    }

    [Fact]
    public async Task Name_is_erased_when_the_transfer_of_a_disappeared_message_ends()
    {
        const string Name = "xylophonquartz.pdf";
        var now = new TimeReading(StoredContents.Start, TimeSpan.FromHours(5), StoredContents.Start);
        var id = _stored.Receive("a", new MessageContent.File(Offer with { Name = Name }), expiresAfter: 60);
        _stored.Read();
        _ = await _stored.SweepAsync(now);
        var row = Table.Find(StoredContents.BobsKey, isOurs: false, id)!;
        await Table.SaveAsync(row with { State = TransferState.Active });
        var later = StoredContents.Start.AddHours(1);
        Assert.Equal([id], await _stored.SweepAsync(new TimeReading(later, TimeSpan.FromHours(6), later)));
        Assert.True(_stored.IsInFiles(Name));

        await Table.SaveAsync(row with { State = TransferState.Cancelled });

        Assert.False(_stored.IsInFiles(Name));
    }

    [Fact]
    public async Task Path_of_a_deleted_message_stays_until_its_file_is_deleted()
    {
        var own = await OfferOwnAsync();
        await _stored.RunAsync("UPDATE messages SET removed = 1");

        await Table.SaveAsync(own with { State = TransferState.Completed, IsEndTold = true });

        Assert.Equal("/uploads/a", Table.TakeRemoved(own.Remote, own.Id));
        Assert.Null(Table.TakeRemoved(own.Remote, own.Id));
        Assert.Empty(Table.Paths());
    }

    [Theory]
    [InlineData(MessageState.Expired, false, TransferState.Failed)]
    [InlineData(MessageState.Refused, false, TransferState.Failed)]
    [InlineData(MessageState.Lost, true, TransferState.Failed)]
    [InlineData(MessageState.Unconfirmed, true, TransferState.Failed)]
    [InlineData(MessageState.Unconfirmed, false, TransferState.Offered)]
    [InlineData(MessageState.Delivered, true, TransferState.Offered)]
    public async Task Offer_that_was_not_delivered_ends_at_the_start(
        MessageState message,
        bool isPast,
        TransferState expected
    )
    {
        var own = await OfferOwnAsync();
        if (isPast)
        {
            _stored.Acknowledge();
        }

        await _stored.RunAsync($"UPDATE messages SET state = {(int)message}");

        await _stored.Store.StaleTransfers.CleanUpAsync();

        var row = Table.Find(own.Remote, isOurs: true, own.Id)!;
        Assert.Equal(expected, row.State);
        Assert.Equal(
            (
                row.HasEnded,
                row.HasEnded ? TransferProblem.NotDelivered : TransferProblem.None,
                row.HasEnded ? null : own.Path
            ),
            (row.IsEndTold, row.Problem, row.Path)
        );
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

    [Fact]
    public async Task Upload_is_kept_after_the_data_directory_has_moved()
    {
        using var data = new TempDirectory();
        var options = new PeerOptions { Username = "alice", Data = data.Path };
        using var temporary = new PrivateFolder(options, PeerIdentity.Create());
        var uploads = new UploadFolder(options, _stored.Store, temporary, TimeProvider.System);
        _ = Directory.CreateDirectory(uploads.FullPath!);
        var (kept, left) = (PathOf(Guid.CreateVersion7()), PathOf(Guid.CreateVersion7()));
        File.WriteAllText(kept, "kept");
        File.WriteAllText(left, "left");
        var own = Own($"/before/uploads/{Path.GetFileName(kept)}");
        await Table.AddAsync(own, leaves: []);

        uploads.CleanUp();

        Assert.True(File.Exists(kept));
        Assert.False(File.Exists(left));
        Assert.Equal(kept, Table.Find(own.Remote, isOurs: true, own.Id)!.Path);

        string PathOf(Guid id) => Path.Combine(uploads.FullPath!, $"{id:N}.upload");
    }

    [Fact]
    public async Task Unanswered_offer_whose_message_is_deleted_is_declined()
    {
        var id = _stored.Receive("a", new MessageContent.File(Offer));
        await Table.AfterSavesAsync();

        await _stored.RunAsync("UPDATE messages SET hidden = 1");

        var ended = Assert.Single(Table.Untold(StoredContents.BobsKey));
        Assert.Equal((id, TransferState.Declined), (ended.Id, ended.State));
        Assert.Empty(Table.Newest());
        await Table.SetEndToldAsync(StoredContents.BobsKey, isOurs: false, id);
    }

    private static StoredTransfer Own(string path) =>
        new(
            StoredContents.BobsKey,
            StoredContents.Bob,
            IsOurs: true,
            Guid.CreateVersion7(),
            Offer,
            TransferState.Offered,
            TransferProblem.None,
            path
        );

    private async Task<StoredTransfer> OfferOwnAsync()
    {
        var own = Own("/uploads/a");
        await Table.AddAsync(own, leaves: []);
        _ = _stored.Send("a", new MessageContent.File(Offer), id: own.Id);
        return own;
    }
}
