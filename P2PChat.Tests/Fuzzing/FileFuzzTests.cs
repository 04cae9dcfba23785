using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Fuzzing;

/// <summary>The machines that exchange files, with frames of a hostile peer.</summary>
public sealed class FileFuzzTests
{
    [Fact]
    public void Any_names_are_made_safe() => Fuzzer.Run(share: 2, Form.Text, VectorCorpus.Texts(), input =>
        {
            var name = System.Text.Encoding.UTF8.GetString(input);
            var safe = FileName.MakeSafe(name);
            Assert.Equal(safe, FileName.MakeSafe(safe));
            Assert.Equal(safe, Path.GetFileName(safe));
            Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(safe), 1, FileName.MaxBytes);
            return safe == name;
        });

    [Fact]
    public void Hostile_frames_write_nothing_but_the_file() => Fuzzer.RunHistories(share: 3, steps: 200, Exchange);

    private static void Exchange(Random random, int steps)
    {
        var content = new byte[2 * FileOffer.LeafSize + 5];
        random.NextBytes(content);
        var hashes = content.Chunk(FileOffer.LeafSize).Select(leaf => MerkleTree.HashLeaf(leaf)).ToList();
        var tree = new MerkleTree([.. hashes.SelectMany(hash => hash)]);
        var offer = new FileOffer("a", content.Length, tree.Root, FileOffer.UnknownType);
        var (id, now) = (new Guid([0, .. new byte[15]]), DateTimeOffset.UnixEpoch);
        var (puller, server, maker) = (new FilePuller(), new FileServer(), new FrameMaker(random, () => 1));
        server.Add(new Guid([1, .. new byte[15]], bigEndian: true), tree.Count);
        puller.Connected(now);
        puller.Add(id, offer, new MerkleBuilder(), now);
        var (next, offset, written) = (0L, 0, new List<byte>());
        for (var step = 0; step < steps; step++)
        {
            // Among the hostile frames are some that carry the file.
            var frame = random.Next(2) == 0 && next < tree.Count ? Part() : maker.Next();
            frame = Frame.Parser.ParseFrom(frame.ToByteArray());
            switch (frame.BodyCase)
            {
                case Frame.BodyOneofCase.FileAsk:
                    server.Receive(frame.FileAsk);
                    break;
                case Frame.BodyOneofCase.FilePart:
                    puller.Receive(frame.FilePart, now);
                    break;
                case Frame.BodyOneofCase.FileStop:
                    server.Receive(frame.FileStop);
                    puller.Receive(frame.FileStop, now);
                    break;
                case Frame.BodyOneofCase.FileDecision when !puller.Receive(frame.FileDecision, now):
                    server.Receive(frame.FileDecision);
                    break;
            }

            puller.Tick(now += TimeSpan.FromSeconds(1));
            foreach (var effect in puller.TakeEffects())
            {
                switch (effect)
                {
                    case FileEffect.WriteLeaf write:
                        Assert.Equal(written.Count, write.Leaf * FileOffer.LeafSize);
                        written.AddRange(write.Data.Span);
                        Assert.True(content.AsSpan().StartsWith(written.ToArray()));
                        puller.Written(id, now);
                        break;
                    case FileEffect.Decided:
                        puller.Continue(id, now);
                        break;
                    case FileEffect.Completed:
                        Assert.Equal(content.Length, written.Count);
                        break;
                }
            }

            foreach (var read in server.TakeEffects().OfType<FileEffect.ReadLeaf>())
            {
                var at = (int)read.Leaf * FileOffer.LeafSize;
                Assert.InRange(at, 0, content.Length - 1);
                var leaf = content.AsSpan(at, Math.Min(FileOffer.LeafSize, content.Length - at));
                leaf.CopyTo(read.Memory.Span);
                server.Read(read, leaf.Length, tree.ProofOf(read.Leaf));
            }

            _ = server.TakePart();
        }

        Frame Part()
        {
            var (at, isFirst) = ((int)next * FileOffer.LeafSize + offset, offset == 0);
            var part = new FilePart
            {
                Id = ByteString.CopyFrom(id.ToByteArray(bigEndian: true)),
                Leaf = (ulong)next,
                Offset = (uint)offset,
                Data = ByteString.CopyFrom(content, at, Math.Min(16 * 1024, offer.SizeOf(next) - offset)),
                Proof = { isFirst ? tree.ProofOf(next).Select(node => ByteString.CopyFrom(node)) : [] },
            };
            offset += part.Data.Length;
            (next, offset) = offset == offer.SizeOf(next) ? (next + 1, 0) : (next, offset);
            return new Frame { FilePart = part };
        }
    }
}
