using P2PChat.Protocol.Files;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FileOfferTests
{
    [Theory]
    [InlineData(320, 240, true)]
    [InlineData(1024, 1024, true)]
    [InlineData(1025, 1, false)]
    [InlineData(1, 20_000, false)]
    public void Preview_has_at_most_1024_pixels_a_side(int width, int height, bool expected) =>
        Assert.Equal(expected, FileOffer.IsPreview(TestPictures.Png(width, height)));

    [Fact]
    public void Preview_is_a_whole_still_picture()
    {
        Assert.False(FileOffer.IsPreview(TestPictures.Png(8, 8, ("acTL", [1]))));
        Assert.False(FileOffer.IsPreview(TestPictures.Png(8, 8).AsSpan(..^1)));
        Assert.False(FileOffer.IsPreview(TestPictures.PngOfSize(FileOffer.MaxPreviewBytes + 1)));
        Assert.False(FileOffer.IsPreview([]));
    }

    [Fact]
    public void Text_of_an_offer_has_no_name() =>
        Assert.Equal("file of 7 bytes", new FileOffer("secret", 7, new byte[32], FileOffer.UnknownType).ToString());
}
