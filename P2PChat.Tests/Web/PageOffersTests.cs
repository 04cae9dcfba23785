using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Web;

namespace P2PChat.Tests.Web;

public sealed class PageOffersTests
{
    private readonly PageOffers _offers = new();
    private readonly Guid _upload = Guid.NewGuid();
    private int _calls;

    [Fact]
    public async Task Repeated_offer_returns_the_first_result()
    {
        var sending = new TaskCompletionSource<FileItem>();
        var first = OfferAsync(sending.Task);
        var second = OfferAsync(sending.Task);
        sending.SetResult(null!);

        Assert.Same(await first, await second);
        _ = await OfferAsync(sending.Task);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Failed_offer_can_be_repeated()
    {
        var failed = Task.FromException<FileItem>(new PeerException(PeerError.FileRefused, "No."));
        _ = await Assert.ThrowsAsync<PeerException>(() => OfferAsync(failed));
        _ = await Assert.ThrowsAsync<PeerException>(() => OfferAsync(failed));
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task Upload_is_not_deleted_once_it_is_offered()
    {
        var deleted = 0;
        await _offers.DeleteAsync(_upload, Delete);
        var sending = new TaskCompletionSource<FileItem>();
        var offer = OfferAsync(sending.Task);
        var refused = await Assert.ThrowsAsync<PeerException>(() => _offers.DeleteAsync(_upload, Delete));
        sending.SetResult(null!);

        _ = await offer;
        Assert.Equal("This file was already sent. Cancel it in the conversation.", refused.Message);
        Assert.Equal(1, deleted);

        Task Delete()
        {
            deleted++;
            return Task.CompletedTask;
        }
    }

    private Task<FileItem> OfferAsync(Task<FileItem> result) => _offers.OfferAsync("bob", _upload, () =>
        {
            _calls++;
            return result;
        });
}
