using System.Text.Json;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Replies, reactions, edits and deletes through ctl.</summary>
public sealed class ContentCommandTests
{
    [Fact]
    public async Task Messages_are_replied_to_changed_and_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        await RunAsync(bob, "send alice first question", "");
        await RunAsync(bob, "send alice second question", "");
        await ArrivesAsync(alice, "second question");

        await RunAsync(alice, "reply bob 2 the **first** answer", "* you replied to \"first question\"\n");
        await RunAsync(alice, "react bob 1 👍", "* you reacted with 👍 to \"second question\"\n");
        await RunAsync(alice, "send bob a mistake", "");
        await RunAsync(alice, "edit bob 1 a miss take", "* edited: a miss take\n");
        await RunAsync(alice, "send bob a secret", "");
        await RunAsync(alice, "unsend bob 1", "* \"a secret\" is deleted here. bob's peer is asked to delete it too\n");
        // Typed twice, it must not delete the message before it.
        await Ctl.FailsAsync(alice.Data, "unsend bob 1", 1, "That message is deleted already");
        await Ctl.FailsAsync(alice.Data, "edit bob 1 oops", 1, "That message is deleted already");
        var (_, deleted, _) = await Ctl.RunAsync(alice, "info bob 1");
        Assert.StartsWith("alice: (deleted)\n", deleted, StringComparison.Ordinal);
        Assert.Contains("  delete     ", deleted, StringComparison.Ordinal);

        foreach (var (peer, other) in new[] { (alice, "bob"), (bob, "alice") })
        {
            await Eventually.True(
                async () => (await LinesAsync(peer, other))[^1] == "alice: (deleted)",
                PeerUnderTest.Soon,
                "the delete has arrived"
            );
            Assert.Equal(
                [
                    "bob: first question",
                    "bob: second question [👍 alice]",
                    "alice: [reply to bob: \"first question\"] the **first** answer",
                    "alice: a miss take (edited)",
                    "alice: (deleted)",
                ],
                await LinesAsync(peer, other)
            );
        }

        var (_, reaction, _) = await Ctl.RunAsync(alice, "info bob 4");
        Assert.EndsWith("  by alice: 👍\n", reaction, StringComparison.Ordinal);
        await RunAsync(alice, "react bob 1 -", "* you removed your reaction to \"second question\"\n");
        const string None = "* you have no reaction to \"second question\", so nothing was changed\n";
        await RunAsync(alice, "react bob 1 -", None);
        var (_, info, _) = await Ctl.RunAsync(bob, "info alice 2");
        Assert.StartsWith("alice: a miss take (edited)\n", info, StringComparison.Ordinal);
        Assert.Contains("  a mistake\n", info, StringComparison.Ordinal);
        Assert.Contains("by alice\n", info, StringComparison.Ordinal);
        var (_, json, _) = await Ctl.RunAsync(bob, "info --json alice 2");
        Assert.Equal(
            "a mistake",
            JsonDocument.Parse(json).RootElement.GetProperty("versions")[0].GetProperty("text").GetString()
        );

        await RunAsync(alice, "forward bob 4 bob", "* you forwarded \"second question\" to bob\n");
        await Eventually.True(
            async () => (await LinesAsync(bob, "alice"))[^1] == "alice: second question",
            PeerUnderTest.Soon,
            "the copy has arrived"
        );
        await Ctl.FailsAsync(alice.Data, "forward bob 2 bob", 1, "That message was deleted. Nothing was sent.");
    }

    [Fact]
    public async Task Missing_or_foreign_message_is_refused()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        await RunAsync(bob, "send alice hello", "");
        await ArrivesAsync(alice, "hello");
        var id = (await bob.Messages.SendAsync(alice.Status.Name, "by its id")).Id;
        await ArrivesAsync(alice, "by its id");

        await Ctl.FailsAsync(alice.Data, "reply bob 3 yes", 1, "There are only 2 messages from bob.");
        await Ctl.FailsAsync(alice.Data, "edit bob 1 hi", 1, "There are no messages from you to bob.");
        await Ctl.FailsAsync(alice.Data, "info bob 3", 1, "There are only 2 messages with bob.");
        await Ctl.FailsAsync(alice.Data, $"edit bob {id} hi", 1, "Only the sender can edit");
        await Ctl.FailsAsync(alice.Data, $"unsend bob {id}", 1, "Only the sender can");
        await Ctl.FailsAsync(alice.Data, "react bob 1 yes", 1, "emoji");
        await Ctl.FailsAsync(alice.Data, "reply alice 1 yes", 1, "That is your own username.");
        await Ctl.FailsAsync(alice.Data, "react carol 1 👍", 1, "carol");
        Assert.Equal(["bob: hello", "bob: by its id"], await LinesAsync(alice, "bob"));
    }

    private static async Task RunAsync(TestPeer peer, string command, string output) =>
        Assert.Equal((0, output, ""), await Ctl.RunAsync(peer, command));

    private static Task ArrivesAsync(TestPeer peer, string text) =>
        Eventually.True(
            async () =>
                (await LinesAsync(peer, "bob")).LastOrDefault()?.EndsWith(text, StringComparison.Ordinal) == true,
            PeerUnderTest.Soon,
            $"'{text}' has arrived"
        );

    // Without the time and the delivery state.
    private static async Task<string[]> LinesAsync(TestPeer peer, string other) =>
        [
            .. (await Ctl.RunAsync(peer, $"history {other}"))
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line =>
                    line["2026-11-29 20:00 ".Length..].Replace(" (not delivered yet)", "", StringComparison.Ordinal)
                ),
        ];
}
