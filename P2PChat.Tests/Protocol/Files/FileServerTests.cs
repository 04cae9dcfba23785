using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FileServerTests
{
    private static readonly Guid Id = new([.. Enumerable.Repeat((byte)7, 16)]);

    private readonly FileServer _server = new();

    public FileServerTests() => _server.Add(Id, leafCount: 3);

    [Theory]
    [InlineData(FileStopReason.Paused, FileStopReason.Paused)]
    [InlineData(FileStopReason.Cancelled, FileStopReason.Cancelled)]
    [InlineData(FileStopReason.Changed, FileStopReason.Cancelled)]
    [InlineData(FileStopReason.Unavailable, FileStopReason.Cancelled)]
    [InlineData((FileStopReason)99, FileStopReason.Cancelled)]
    public void Receiver_can_only_pause_or_cancel(FileStopReason sent, FileStopReason reported)
    {
        _server.Receive(new FileStop { Id = Wire, Reason = sent });
        Assert.Equal(new FileEffect.Stopped(Id, reported), Assert.Single(_server.TakeEffects()));
    }

    [Fact]
    public void Leaf_without_proof_ends_the_transfer_as_changed()
    {
        _server.Receive(
            new FileAsk
            {
                Id = Wire,
                Leaf = 2,
                Count = 9,
            }
        );
        var read = Assert.IsType<FileEffect.ReadLeaf>(Assert.Single(_server.TakeEffects()));
        Assert.Equal(2, read.Leaf);

        _server.Read(read, length: 5, proof: null);
        Assert.Contains(new FileEffect.Stopped(Id, FileStopReason.Changed), _server.TakeEffects());
        Assert.False(_server.HasParts);
    }

    [Fact]
    public void Leaf_is_cut_into_parts_of_at_most_16_KiB()
    {
        _server.Receive(new FileAsk { Id = Wire, Count = 1 });
        var read = Assert.IsType<FileEffect.ReadLeaf>(Assert.Single(_server.TakeEffects()));
        var leaf = new byte[40_000];
        new Random(1).NextBytes(leaf);
        leaf.CopyTo(read.Memory.Span);
        _server.Read(read, leaf.Length, proof: []);

        var parts = new List<FilePart>();
        while (_server.TakePart() is { } part)
        {
            parts.Add(FilePart.Parser.ParseFrom(part.FilePart.ToByteArray()));
        }

        Assert.Equal([16384, 16384, 7232], parts.Select(part => part.Data.Length));
        Assert.Equal([0U, 16384U, 32768U], parts.Select(part => part.Offset));
        Assert.Equal(leaf, parts.SelectMany(part => part.Data.ToByteArray()));
    }

    private static ByteString Wire => ByteString.CopyFrom(Id.ToByteArray(bigEndian: true));
}
