using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A peer whose data directory is replaced by an older copy of itself.</summary>
public sealed class CopiedDirectoryTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Sender_from_an_older_copy_delivers_what_it_sends()
    {
        var (data, copy) = (peers.NewData(), peers.NewData());
        var (carol, dave) = (Username.Parse("carol"), Username.Parse("dave"));
        await using var receiver = await peers.StartAsync("dave", peers.NewData());
        await using (var before = await peers.StartAsync("carol", data))
        {
            await MailPeers.ConnectAsync(before, receiver);
            await SendAsync(before, receiver, "one");
        }

        Copy(data, copy);
        await using (var first = await peers.StartAsync("carol", data))
        {
            await ConnectedAsync(first, receiver);
            await SendAsync(first, receiver, "two");
        }

        Copy(copy, data);
        await using var again = await peers.StartAsync("carol", data);
        var three = again.Messages.Send(dave, "three");
        _ = await receiver.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "three");
        _ = await again.Expect<PeerEvent.Receipt>(receipt =>
            receipt.Id == three.Id && receipt.State == MessageState.Delivered
        );
        await SendAsync(again, receiver, "four");
        await SendAsync(receiver, again, "answer");

        Assert.Equal(["one", "two", "three", "four", "answer"], MailPeers.Texts(receiver, carol));
        AssertNoProtocolErrors(receiver);
        AssertNoProtocolErrors(again);
    }

    [Fact]
    public async Task Receiver_from_an_older_copy_gets_what_it_lost()
    {
        var (data, copy) = (peers.NewData(), peers.NewData());
        var (erin, frank) = (Username.Parse("erin"), Username.Parse("frank"));
        await using var sender = await peers.StartAsync("erin", peers.NewData());
        await using (var before = await peers.StartAsync("frank", data))
        {
            await MailPeers.ConnectAsync(sender, before);
            await SendAsync(sender, before, "one");
        }

        Copy(data, copy);
        await using (var first = await peers.StartAsync("frank", data))
        {
            await ConnectedAsync(sender, first);
            await SendAsync(sender, first, "two");
            await SendAsync(sender, first, "three");
        }

        Copy(copy, data);
        await using var again = await peers.StartAsync("frank", data);
        _ = await again.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "three");
        await SendAsync(sender, again, "four");

        Assert.Equal(["one", "two", "three", "four"], MailPeers.Texts(again, erin));
        await Eventually.True(
            () =>
                sender
                    .Messages.Page(frank, null, null, 10)
                    .Messages.All(message => message.State == MessageState.Delivered),
            PeerUnderTest.Soon,
            "all messages are delivered again"
        );
        AssertNoProtocolErrors(sender);
        AssertNoProtocolErrors(again);
    }

    private static Task ConnectedAsync(PeerUnderTest one, PeerUnderTest other) =>
        Eventually.True(
            () => one.IsConnectedTo(other) && other.IsConnectedTo(one),
            PeerUnderTest.Soon,
            "the two reconnect"
        );

    private static async Task SendAsync(PeerUnderTest from, PeerUnderTest to, string text)
    {
        var sent = from.Messages.Send(to.Name, text);
        _ = await to.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == text);
        _ = await from.Expect<PeerEvent.Receipt>(receipt =>
            receipt.Id == sent.Id && receipt.State == MessageState.Delivered
        );
    }

    private static void AssertNoProtocolErrors(PeerUnderTest peer) =>
        Assert.DoesNotContain(peer.Rest(), @event =>
            @event is PeerEvent.Disconnected { Reason: DisconnectReason.ProtocolError }
        );

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to))
        {
            File.Delete(file);
        }

        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
