using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FilePullerTests
{
    private static readonly Guid Id = new([7, .. new byte[15]], bigEndian: true);
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Pause_of_the_sender_ends_with_its_link()
    {
        var puller = new FilePuller();
        puller.Connected(Now);
        puller.Add(Id, new FileOffer("a", 10, new byte[32], FileOffer.UnknownType), new MerkleBuilder(), Now);
        puller.Receive(
            new FileStop { Id = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true)), Reason = FileStopReason.Paused },
            Now
        );
        puller.Disconnected();
        _ = puller.TakeEffects();

        puller.Connected(Now);

        var effects = puller.TakeEffects();
        Assert.Contains(new FileEffect.Decided(Id, FileDecisionKind.Ready), effects);
        Assert.DoesNotContain(effects, IsAsk);
        puller.Continue(Id, Now);
        Assert.Contains(puller.TakeEffects(), IsAsk);
    }

    [Fact]
    public void File_that_its_sender_has_paused_cannot_continue()
    {
        var puller = new FilePuller();
        puller.Connected(Now);
        puller.Add(Id, new FileOffer("a", 10, new byte[32], FileOffer.UnknownType), new MerkleBuilder(), Now);
        var id = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true));
        puller.Receive(new FileStop { Id = id, Reason = FileStopReason.Paused }, Now);
        _ = puller.TakeEffects();

        puller.Continue(Id, Now);

        Assert.Empty(puller.TakeEffects());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(-5)]
    [InlineData(-16 * 1024 - 5)]
    [InlineData(FileOffer.LeafSize)]
    [InlineData(-FileOffer.LeafSize)]
    [InlineData(5 * FileOffer.LeafSize)]
    public void Offer_with_another_size_than_its_tree_fails(int difference)
    {
        var content = new byte[2 * FileOffer.LeafSize + 5];
        new Random(1).NextBytes(content);
        var offer = new FileOffer(
            "a",
            content.Length + difference,
            FileSide.TreeOf(content).Root,
            FileOffer.UnknownType
        );
        var (sender, receiver, now, random) = (new FileSide(), new FileSide(), Now, new Random(2));
        sender.Offer(Id, content);
        sender.Connect(now);
        receiver.Connect(now);
        receiver.Accept(Id, offer);
        for (var step = 0; receiver.Pulled[Id].End is null && step < 2000; step++)
        {
            sender.Work(random, now);
            receiver.Work(random, now);
            while (sender.Out.TryDequeue(out var frame))
            {
                receiver.Receive(frame, now);
            }

            while (receiver.Out.TryDequeue(out var frame))
            {
                sender.Receive(frame, now);
            }

            if (!sender.HasWork && !receiver.HasWork)
            {
                receiver.Tick(now += FilePuller.PartTimeout);
            }
        }

        Assert.IsType<FileEffect.Mismatched>(receiver.Pulled[Id].End);
        // What is written is the beginning of the file. A transfer that failed is deleted.
        var written = receiver.Pulled[Id].Disk.ToArray();
        Assert.Equal(content[..written.Length], written);
    }

    [Theory]
    [InlineData(16384, false)]
    [InlineData(16385, true)]
    public void Part_of_more_than_16_KiB_ends_the_transfer(int length, bool isRefused)
    {
        var puller = new FilePuller();
        puller.Connected(Now);
        puller.Add(Id, new FileOffer("a", 100_000, new byte[32], FileOffer.UnknownType), new MerkleBuilder(), Now);
        _ = puller.TakeEffects();
        var wire = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true));

        puller.Receive(new FilePart { Id = wire, Data = ByteString.CopyFrom(new byte[length]) }, Now);

        var effects = puller.TakeEffects();
        Assert.Equal(isRefused, effects.Contains(new FileEffect.Mismatched(Id)));
        var stop = new FileStop { Id = wire, Reason = FileStopReason.Cancelled };
        Assert.Equal(
            isRefused,
            effects.Any(effect => effect is FileEffect.Transmit { Frame.FileStop: { } sent } && sent.Equals(stop))
        );
        Assert.Equal(isRefused ? 2 : 0, effects.Count);
    }

    [Theory]
    // The number of bytes that arrive before each stall, 0 for none; -1 is a cut.
    [InlineData(false, 10, 20, 10, 20, 30, 10, 20)]
    [InlineData(false, 10, 10, 0, 10, 10, 0)]
    [InlineData(false, 10, 10, -1, 10, 10)]
    [InlineData(false, 0, 0, 0, 0)]
    [InlineData(true, 10, 20, 20, 20)]
    [InlineData(true, 10, 10, -1, 10, 10, 10)]
    public void Leaf_that_stalls_at_one_byte_three_times_in_turn_is_short(bool isShort, params int[] stalls)
    {
        var puller = new FilePuller();
        puller.Connected(Now);
        puller.Add(Id, new FileOffer("a", 100, new byte[32], FileOffer.UnknownType), new MerkleBuilder(), Now);
        var now = Now;
        foreach (var length in stalls)
        {
            if (length < 0)
            {
                puller.Disconnected();
                puller.Connected(now);
                continue;
            }

            if (length > 0)
            {
                var data = ByteString.CopyFrom(new byte[length]);
                puller.Receive(
                    new FilePart { Id = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true)), Data = data },
                    now
                );
            }

            Assert.Equal(now + FilePuller.PartTimeout, puller.Deadline);
            puller.Tick(now += FilePuller.PartTimeout);
        }

        Assert.Equal(isShort, puller.TakeEffects().Any(effect => effect is FileEffect.Mismatched));
    }

    private static bool IsAsk(FileEffect effect) => effect is FileEffect.Transmit { Frame.FileAsk: not null };
}
