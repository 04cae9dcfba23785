using System.Text.Json;
using P2PChat.Client;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Files through ctl, from the offer to the copy.</summary>
public sealed class FileCommandTests : IDisposable
{
    // More than the directory would store, so that nothing moves while the two are not connected.
    private const int Size = 9_000_000;

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task File_is_offered_paused_resumed_saved_declined_and_cancelled()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        var content = Write("holiday photo.jpg", Size);
        Assert.Equal("(no files)\n", await OutputAsync(bob, "files"));

        Assert.Equal(
            "* holiday photo.jpg (8.5 MiB) is offered to bob\n",
            await OutputAsync(alice, $"send-file bob {PathOf("holiday photo.jpg")}")
        );
        await ShowsAsync(bob, "holiday photo.jpg (8.5 MiB) from alice: waiting for you to accept");
        await ShowsAsync(alice, "holiday photo.jpg (8.5 MiB) to bob: waiting for bob to accept");

        _ = await OutputAsync(alice, "disconnect bob");
        await DisconnectedAsync(bob, "alice");
        const string File = "* holiday photo.jpg (8.5 MiB) from alice: ";
        Assert.Equal(File + "0 %\n", await OutputAsync(bob, "accept-file 1"));
        Assert.Equal(File + "0 %, paused\n", await OutputAsync(bob, "pause 1"));
        await ShowsAsync(bob, "holiday photo.jpg (8.5 MiB) from alice: 0 %, paused");
        await Ctl.FailsAsync(bob.Data, "pause 1", 1, "This transfer is already paused.");
        Assert.Equal(File + "0 %\n", await OutputAsync(bob, "accept-file 1"));
        Assert.Equal(
            (1, "", "This file is not complete. Accept it, or wait until it has arrived.\n"),
            await Ctl.RunAsync(bob, $"save 1 {_temp.Path}")
        );

        _ = await OutputAsync(alice, "connect bob");
        await ShowsAsync(alice, "holiday photo.jpg (8.5 MiB) to bob: complete");
        var line = Assert.Single(await FilesAsync(bob));
        Assert.StartsWith("holiday photo.jpg (8.5 MiB) from alice: complete, /", line, StringComparison.Ordinal);
        var copy = PathOf("copy.jpg");
        Assert.Equal($"* holiday photo.jpg (8.5 MiB) is saved as {copy}\n", await OutputAsync(bob, $"save 1 {copy}"));
        Assert.Equal(content, await System.IO.File.ReadAllBytesAsync(copy));
        Assert.Equal(
            (1, "", $"{copy} already exists. Choose another path.\n"),
            await Ctl.RunAsync(bob, $"save 1 {copy}")
        );

        foreach (var (peer, other) in new[] { (alice, "bob"), (bob, "alice") })
        {
            // By a word of the name of the file.
            Assert.Contains(
                "offered a file: holiday photo.jpg (8.5 MiB)",
                await OutputAsync(peer, "search holiday"),
                StringComparison.Ordinal
            );
            Assert.Contains("photo.jpg", await OutputAsync(peer, "search photo.jpg"), StringComparison.Ordinal);
            Assert.Contains(
                "offered a file: holiday photo.jpg (8.5 MiB)",
                await OutputAsync(peer, $"history {other}"),
                StringComparison.Ordinal
            );
        }

        Write("second", 100);
        _ = await OutputAsync(alice, $"send-file bob {PathOf("second")}");
        await ShowsAsync(bob, "second (100 bytes) from alice: waiting for you to accept");
        Assert.Equal("* second (100 bytes) from alice: declined\n", await OutputAsync(bob, "cancel 1"));
        await ShowsAsync(alice, "second (100 bytes) to bob: declined");
        _ = await OutputAsync(alice, $"send-file bob {PathOf("second")}");
        await ShowsAsync(bob, "second (100 bytes) from alice: waiting for you to accept");
        Assert.Equal("* second (100 bytes) to bob: cancelled\n", await OutputAsync(alice, "cancel 1"));
        await ShowsAsync(bob, "second (100 bytes) from alice: cancelled");

        using var json = JsonDocument.Parse(await OutputAsync(bob, "files --json"));
        var states = json.RootElement.GetProperty("files").EnumerateArray();
        Assert.Equal(
            ["cancelled", "declined", "completed"],
            states.Select(file => file.GetProperty("state").GetString())
        );
        await Ctl.FailsAsync(bob.Data, "accept-file 1", 1, "This transfer has ended. Its sender can offer it again.");
        await Ctl.FailsAsync(alice.Data, "pause 1", 1, "This transfer has ended. You can offer the file again.");
        await Ctl.FailsAsync(alice.Data, "cancel 3", 1, "This file is complete. There is nothing to do.");
        await Ctl.FailsAsync(
            alice.Data,
            "save 3",
            1,
            $"You sent this file, so it is where you sent it from: {PathOf("holiday photo.jpg")}."
        );
        await Ctl.FailsAsync(alice.Data, $"send-file alice {PathOf("second")}", 1, "That is your own username.");
        await Ctl.FailsAsync(bob.Data, "save 1", 1, "This file is not complete.");
        await Ctl.FailsAsync(bob.Data, "pause 4", 1, "There is no such file. 'files' shows the numbers and ids.");
        await Ctl.FailsAsync(alice.Data, $"send-file bob {PathOf("none")}", 1, "none");
        await Ctl.FailsAsync(alice.Data, $"send-file carol {PathOf("second")}", 1, "carol");
        await Ctl.FailsAsync(alice.Data, "forward bob 1 bob", 1, "Files cannot be forwarded here.");
        foreach (var wrong in new[] { "send-file bob", "accept-file", "pause 0", "cancel x", "save" })
        {
            Assert.Equal(2, (await Ctl.RunAsync(alice, wrong)).ExitCode);
        }
    }

    private static async Task<string> OutputAsync(TestPeer peer, string command)
    {
        var (code, output, errors) = await Ctl.RunAsync(peer, command);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    // The lines of all files, newest first, without numbers and ids.
    private static async Task<IReadOnlyList<string>> FilesAsync(TestPeer peer) =>
        [
            .. (await OutputAsync(peer, "files"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split("  ", 3)[^1])
                .Reverse(),
        ];

    private static Task ShowsAsync(TestPeer peer, string newest) =>
        Eventually.True(
            async () => (await FilesAsync(peer))[0] == newest,
            PeerUnderTest.Soon,
            $"the newest file is '{newest}'"
        );

    private static async Task DisconnectedAsync(TestPeer peer, string name)
    {
        using var remote = RemotePeer.Open(peer.Data)!;
        await Eventually.True(
            async () =>
                (await remote.ListPeersAsync()).Peers.Single(one => one.Username == name).Relation
                != Relation.Connected,
            PeerUnderTest.Soon,
            $"{name} is disconnected"
        );
    }

    private string PathOf(string name) => Path.Combine(_temp.Path, name);

    private byte[] Write(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        System.IO.File.WriteAllBytes(PathOf(name), content);
        return content;
    }
}
