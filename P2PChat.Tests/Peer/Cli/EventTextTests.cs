using P2PChat.Node.Model;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class EventTextTests
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId Key = PeerId.FromPublicKey("bob"u8);

    public static TheoryData<PeerEvent, string?> Events =>
        new()
        {
            { new PeerEvent.Request(Bob, Key), $"* bob asks to connect (key {Key.Short}): accept bob, or reject bob" },
            { new PeerEvent.RequestWithdrawn(Bob), "* bob no longer asks to connect" },
            { new PeerEvent.Connected(Bob), "* connected to bob" },
            { new PeerEvent.Disconnected(Bob, DisconnectReason.ConnectionLost), "* bob has gone: connection lost" },
            { new PeerEvent.Disconnected(Bob, DisconnectReason.Rejected), "* bob has rejected your request" },
            { new PeerEvent.MessageReceived(Received("hello")), "bob: hello" },
            { new PeerEvent.MessageReceived(Received("x\n* connected to bank")), "bob: x␊* connected to bank" },
            { new PeerEvent.Receipt(Bob, Guid.Empty, MessageState.Delivered), null },
            {
                new PeerEvent.Receipt(Bob, Guid.Empty, MessageState.Expired),
                "* a message to bob expired before it was delivered: send it again if it still matters"
            },
            {
                new PeerEvent.Receipt(Bob, Guid.Empty, MessageState.Unconfirmed),
                "* a message to bob was not confirmed in time: it may still be delivered from their mailbox"
            },
            { new PeerEvent.DirectoryChanged(DirectoryState.Registered, null), "* the directory has you on its list" },
            { new PeerEvent.DirectoryChanged(DirectoryState.Refused, "The name is taken."), "* The name is taken." },
        };

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_a_line(PeerEvent @event, string? line) => Assert.Equal(line, EventText.Show(@event));

    [Fact]
    public void Each_reason_has_a_sentence_of_its_own()
    {
        var reasons = Enum.GetValues<DisconnectReason>();

        var lines = reasons.Select(reason => EventText.Show(new PeerEvent.Disconnected(Bob, reason))).ToHashSet();

        Assert.Equal(reasons.Length, lines.Count);
        Assert.DoesNotContain("* the connection to bob is ended", lines);
    }

    private static Message Received(string text) =>
        new(Guid.Empty, 1, Bob, Bob, text, DateTimeOffset.UnixEpoch, MessageState.Received);
}
