using Microsoft.Playwright;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Scans a contact's safety number with the camera, which shows a picture from a file.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ScanCodeTests
{
    // A host that browsers do not trust without TLS.
    private const string InsecureHost = "alice.test";

    [ChromiumFact]
    public async Task Scanned_code_verifies_or_warns()
    {
        var looks = new PageLooks();
        using var files = new TempDirectory();
        var picture = Path.Combine(files.Path, "camera.y4m");
        await using var peers = await WebPeers.StartConnectedAsync();
        var (self, bob) = (peers.Alice.Status.PeerId, peers.Bob.Status);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(
            playwright,
            "--use-fake-device-for-media-stream",
            $"--use-file-for-fake-video-capture={picture}"
        );
        await using var alice = await OpenAsync(browser, await SignInTests.LinkAsync(peers.Alice), ["camera"]);

        CameraPicture.Write(picture, SafetyNumber.QrText(self, PeerId.FromPublicKey("an impostor"u8)));
        await alice.GoAsync("/c/bob/about");
        Assert.False(await MayUseCameraAsync(alice));
        await alice.Link("Scan their code").ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The codes do not match");
        Assert.True(await MayUseCameraAsync(alice));
        Assert.False(peers.Alice.Contacts.Safety(bob.Name).Verified);
        await looks.CheckAsync(alice, "scan-mismatch");

        CameraPicture.Write(picture, "https://example.org/");
        await alice.Button("Scan again").ClickAsync();
        await alice.ShowsAsync("That code is not a safety number.");
        await looks.CheckAsync(alice, "scan");

        CameraPicture.Write(picture, peers.Bob.Contacts.Safety(peers.Alice.Status.Name).QrText);
        await alice.Link("Back to about bob").ClickAsync();
        await alice.Link("Scan their code").ClickAsync();
        await alice.ShowsAsync("The codes match");
        await looks.CheckAsync(alice, "scan-match");
        Assert.True(peers.Alice.Contacts.Safety(bob.Name).Verified);

        await alice.Link("Open the conversation").ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Heading)).ToContainTextAsync("verified");
        Assert.False(await MayUseCameraAsync(alice));
        Assert.Empty(alice.Errors);
        looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Camera_that_cannot_be_used_is_explained()
    {
        await using var peers = await WebPeers.StartConnectedAsync(("WebAddress", $"http://{InsecureHost}"));
        var port = peers.Alice.Address.Port;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(
            playwright,
            "--use-fake-device-for-media-stream",
            $"--host-resolver-rules=MAP {InsecureHost} 127.0.0.1:{port}"
        );
        await using var without = await LaunchAsync(playwright);
        var local = new Uri($"http://alice.localhost:{port}");

        foreach (
            var (opener, origin, expected) in ((IBrowser, Uri?, string)[])
                [
                    (browser, null, "only on pages that use TLS or run on this machine"),
                    (browser, local, "The browser did not allow the camera."),
                    // A machine that runs the tests may have a camera, which is refused.
                    (without, local, "or compare the digits"),
                ]
        )
        {
            var link = await SignInTests.LinkAsync(peers.Alice);
            await using var alice = await OpenAsync(
                opener,
                origin is null ? link : new Uri(origin, link.PathAndQuery),
                []
            );

            await alice.GoAsync("/c/bob/scan");

            await Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(expected);
            await alice.Link("Compare the digits").ClickAsync();
            await Expect(alice.Page.Locator(".digits")).ToBeVisibleAsync();
            Assert.Empty(alice.ScriptErrors);
        }
    }

    [Fact]
    public void Every_camera_problem_names_another_way()
    {
        foreach (
            var reason in (string[])
                ["InsecureOrigin", "NotAllowedError", "NotFoundError", "NotReadableError", "TypeError", ""]
        )
        {
            Assert.Contains("ompare the digits", CameraProblemText.Of(reason), StringComparison.Ordinal);
        }
    }

    private static Task<bool> MayUseCameraAsync(PeerPage page) =>
        page.Page.EvaluateAsync<bool>("document.featurePolicy.allowsFeature('camera')");

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright, params string[] arguments)
    {
        SetDefaultExpectTimeout(60_000);
        return playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium.Path,
                Args = [.. arguments, .. Environment.IsPrivilegedProcess ? (string[])["--no-sandbox"] : []],
            }
        );
    }

    private static async Task<PeerPage> OpenAsync(IBrowser browser, Uri link, string[] permissions)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { Permissions = permissions });
        context.SetDefaultTimeout(60_000);
        var page = new PeerPage(await context.NewPageAsync(), new Uri(link, "/"));
        await page.Page.GotoAsync(link.AbsoluteUri);
        await page.IsLiveAsync();
        return page;
    }
}
