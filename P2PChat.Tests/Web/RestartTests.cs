using System.Globalization;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>A peer is killed while both pages are open.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class RestartTests(Browser browser)
{
    [ChromiumFact]
    public async Task Pages_recover_after_a_peer_is_killed()
    {
        await using var directory = new RestartableDirectory
        {
            Settings = ["Directory:Lease=00:00:03", "Directory:RenewEvery=00:00:01"],
        };
        await directory.StartAsync();
        using var data = new TempDirectory();
        await using var alicePeer = await TestPeer.StartAsync("alice", directory.Address);
        string[] arguments =
        [
            "bob",
            "--discovery",
            directory.Address,
            "--data",
            data.Path,
            "--no-console",
            "--api",
            LoopbackPort.Next().ToString(CultureInfo.InvariantCulture),
        ];
        var bobPeer = PeerProgram.Start(arguments);
        try
        {
            await alicePeer.RegisteredAsync();
            await using var alice = await browser.OpenAsync(alicePeer);
            await using var bob = await browser.OpenAsync(await WebLinks.OfAsync(data.Path));
            await Expect(alice.Page.Locator(".me-link")).ToContainTextAsync("online");
            await alice.AskAsync("bob");
            await bob.Button("Accept alice").ClickAsync();
            await alice.WriteAsync("before");
            await bob.ShowsMessageAsync("before");

            await bob.Text.FillAsync("I was about to");
            bobPeer.Signal("KILL");
            _ = await bobPeer.ExitCodeAsync();
            await Expect(bob.Page.Locator("#offline .offline")).ToBeVisibleAsync();
            await bob.Text.PressSequentiallyAsync(" say");
            await Expect(alice.Page.Locator(".title")).Not.ToContainTextAsync("connected");
            await alice.WriteAsync("meanwhile");
            // The message is queued, and after some seconds deposited in bob's mailbox.
            await Expect(alice.Messages.Last.Locator(".state.queued, .state.sent")).ToBeVisibleAsync();
            await bobPeer.DisposeAsync();
            bobPeer = PeerProgram.Start(arguments);

            // Wait for the process, which may start slowly on a busy machine.
            _ = await WebLinks.OfAsync(data.Path);
            await Expect(bob.Page.Locator("#offline .offline")).ToHaveCountAsync(0);
            await bob.IsLiveAsync();
            await bob.ShowsMessageAsync("meanwhile");
            await bob.ShowsMessageAsync("before");
            await Expect(bob.Text).ToHaveValueAsync("I was about to say");
            await bob.WriteAsync("after");
            await alice.ShowsMessageAsync("after");
            await Expect(alice.Messages.Filter(new() { HasText = "meanwhile" }).GetByTitle("Read")).ToBeVisibleAsync();
            Assert.Empty(bob.ScriptErrors);
            Assert.Empty(alice.ScriptErrors);
        }
        finally
        {
            await bobPeer.DisposeAsync();
        }
    }
}
