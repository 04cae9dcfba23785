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
        Assert.Contains(effects, effect => effect is FileEffect.Transmit { Frame.FileAsk: not null });
    }
}
