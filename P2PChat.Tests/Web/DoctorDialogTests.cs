using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The path in the head of a conversation, and the dialog that finds out why a connection fails.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class DoctorDialogTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Head_shows_the_path_and_the_dialog_explains_it()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var dialog = alice.Page.GetByRole(AriaRole.Dialog);
        var answer = dialog.Locator(".summary");

        await alice.GoAsync("/c/bob");
        await Expect(alice.Page.Locator(".page-head .path")).ToHaveTextAsync("direct");
        await alice.Page.Locator(".page-head .path").ClickAsync();
        await Expect(answer).ToContainTextAsync("bob");
        await dialog.GetByText("This machine", new() { Exact = true }).ClickAsync();
        await Expect(dialog.GetByText("agrees with the directory's")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "doctor");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();

        // Closing it ends a check, so that another one can begin.
        await alice.Page.Locator(".page-head .path").ClickAsync();
        await alice.Page.Keyboard.PressAsync("Escape");
        await alice.GoAsync("/settings");
        await alice.Button("Check your network").ClickAsync();
        await Expect(answer).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "doctor-settings");
        await alice.Page.Keyboard.PressAsync("Escape");

        await alice.Page.GetByRole(AriaRole.Switch, new() { Name = "Hide my address" }).CheckAsync();
        await Eventually.True(
            () => peers.Alice.Settings.All.Single(setting => setting.Name == "hide-address").Value == "on",
            PeerUnderTest.Soon,
            "the setting is saved"
        );
        await using (var carol = await TestPeer.StartAsync("carol", peers.Directory.Address))
        {
            await carol.RegisteredAsync();
            await Peer.Api.ApiCalls.ConnectAsync(peers.Alice, "alice", carol, "carol");
            await alice.GoAsync("/c/carol");
            await Expect(alice.Page.Locator(".page-head .path")).ToHaveTextAsync("relayed");
            await alice.Page.Locator(".page-head .path").ClickAsync();
            await Expect(answer).ToContainTextAsync("only through the directory's relay");
            await Expect(dialog.Locator(".findings")).ToContainTextAsync("You hide this peer's address");
            await _looks.CheckAsync(alice, "doctor-relayed");
            await alice.Page.Keyboard.PressAsync("Escape");
        }

        await alice.GoAsync("/c/carol");
        await Expect(alice.Page.Locator(".page-head .path")).ToHaveTextAsync("check");
        await alice.Page.Locator(".page-head .path").ClickAsync();
        await Expect(answer)
            .ToHaveTextAsync("carol is offline: carol's peer is not running, or cannot reach the directory.");
        await _looks.CheckAsync(alice, "doctor-offline");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }
}
