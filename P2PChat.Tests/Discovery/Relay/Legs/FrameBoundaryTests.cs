using P2PChat.Discovery.Relay.Legs;

namespace P2PChat.Tests.Discovery.Relay.Legs;

public sealed class FrameBoundaryTests
{
    private readonly FrameBoundary _frames = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Boundary_is_open_only_after_a_complete_frame(int pieceSize)
    {
        // A server's frames, with all three encodings of the length.
        byte[][] frames =
        [
            [0x82, 0],
            [0x82, 3, 1, 2, 3],
            [0x82, 126, 0x01, 0x00, .. new byte[256]],
            [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0, .. new byte[65_536]],
            [0x89, 0],
        ];
        foreach (var frame in frames)
        {
            Assert.True(_frames.IsOpen);
            foreach (var piece in frame[..^1].Chunk(pieceSize))
            {
                _frames.Pass(piece);
                Assert.False(_frames.IsOpen);
            }

            _frames.Pass(frame.AsSpan(frame.Length - 1));
        }

        Assert.True(_frames.IsOpen);
        _frames.Pass([.. frames[1], .. frames[1], 0x82, 2, 0]);
        Assert.False(_frames.IsOpen);
    }

    [Fact]
    public void Boundary_is_closed_after_a_close_frame()
    {
        _frames.Pass([0x88, 2, 0x03, 0xe8]);
        Assert.False(_frames.IsOpen);
    }
}
