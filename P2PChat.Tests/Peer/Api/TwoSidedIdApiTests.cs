using P2PChat.Client;
using P2PChat.Tests.Peer.Cli;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Messages of both sides with one id, by the API and in the console.</summary>
public sealed class TwoSidedIdApiTests
{
    [Fact]
    public async Task Calls_ask_for_the_side_of_an_id_that_both_have_used()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var id = await StoredMessages.ShareIdAsync(peers);
        using var alice = RemotePeer.Open(peers.Alice.Data)!;

        await AmbiguousAsync(() => alice.GetMessageAsync("bob", id));
        await AmbiguousAsync(() => alice.GetMessagesAsync("bob", after: id));
        await AmbiguousAsync(() => alice.ReactAsync("bob", id, "👍"));
        await AmbiguousAsync(() => alice.ReplyAsync("bob", id, "an answer"));
        await AmbiguousAsync(() => alice.DeleteMessageAsync("bob", id));

        Assert.Equal("mine", (await alice.GetMessageAsync("bob", id, yours: true)).Message.Text);
        Assert.Equal(
            "theirs",
            Assert.Single((await alice.GetMessagesAsync("bob", after: id, yours: true)).Messages).Text
        );
        Assert.Equal("theirs", (await alice.ReactAsync("bob", id, "👍", yours: false)).Text);
        var reply = await alice.ReplyAsync("bob", id, "an answer", yours: false);
        Assert.Equal("theirs", (await alice.GetMessageAsync("bob", reply.Id)).Message.ReplyTo!.Text);

        await alice.DeleteMessageAsync("bob", id, yours: false);
        Assert.Equal(["mine", "an answer"], (await alice.GetMessagesAsync("bob")).Messages.Select(one => one.Text));
    }

    [Fact]
    public async Task Commands_with_a_number_mean_the_message_that_was_counted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await StoredMessages.ShareIdAsync(peers);

        var (_, info, _) = await Ctl.RunAsync(peers.Alice, "info bob 2");
        Assert.StartsWith("alice: mine\n", info, StringComparison.Ordinal);
        (_, info, _) = await Ctl.RunAsync(peers.Alice, "info bob 1");
        Assert.StartsWith("bob: theirs\n", info, StringComparison.Ordinal);
        Assert.Equal(
            (0, "* you reacted with 👍 to \"theirs\"\n", ""),
            await Ctl.RunAsync(peers.Alice, "react bob 1 👍")
        );
        Assert.Equal(
            (0, "* you replied to \"theirs\"\n", ""),
            await Ctl.RunAsync(peers.Alice, "reply bob 1 an answer")
        );
    }

    [Fact]
    public async Task Command_with_an_id_of_both_sides_says_whose_message_is_meant()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var id = await StoredMessages.ShareIdAsync(peers);
        var alice = peers.Alice;

        await Ctl.FailsAsync(alice.Data, $"info bob {id}", 1, "Type 'yours:' or 'theirs:' in front of it.");
        await Ctl.FailsAsync(alice.Data, $"edit bob theirs:{id} x", 2, "'edit' is only for your own messages.");
        await Ctl.FailsAsync(alice.Data, $"mark-unread bob yours:{id}", 2, "is only for messages from others.");
        var (_, info, _) = await Ctl.RunAsync(alice, $"info bob yours:{id}");
        Assert.StartsWith("alice: mine\n", info, StringComparison.Ordinal);
        Assert.Equal(
            (0, "* you reacted with 👍 to \"theirs\"\n", ""),
            await Ctl.RunAsync(alice, $"react bob theirs:{id} 👍")
        );
        Assert.Equal(0, (await Ctl.RunAsync(alice, $"delete bob theirs:{id}")).ExitCode);
        (_, info, _) = await Ctl.RunAsync(alice, $"info bob {id}");
        Assert.StartsWith("alice: mine\n", info, StringComparison.Ordinal);
    }

    private static async Task AmbiguousAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<PeerApiException>(call);
        Assert.Equal("urn:p2pchat:problem:ambiguous-message", refusal.Type);
    }
}
