using System.Text;
using Microsoft.Playwright;
using P2PChat.Protocol.Profiles;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Display names and pictures on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ProfilePageTests(Browser browser)
{
    private const string Draws = """
        color => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [900, 500];
          const context = canvas.getContext('2d');
          for (let x = 0; x < 900; x += 10) {
            context.fillStyle = `hsl(${x} 80% 50%)`;
            context.fillRect(x, 0, 10, 500);
          }
          context.fillStyle = color;
          context.beginPath();
          context.arc(450, 250, 150, 0, 7);
          context.fill();
          return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
        }
        """;

    private const string Gives = """
        (target, [event, bytes]) => {
          const data = new DataTransfer();
          const content = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
          data.items.add(new File([content], 'me.jpg', { type: 'image/jpeg' }));
          const init = { bubbles: true, cancelable: true };
          target.dispatchEvent(event === 'drop'
            ? new DragEvent('drop', { ...init, dataTransfer: data })
            : new ClipboardEvent('paste', { ...init, clipboardData: data }));
        }
        """;

    private const string PastesWithText = """
        (target, bytes) => {
          const data = new DataTransfer();
          data.setData('text/plain', 'from a text');
          const content = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
          data.items.add(new File([content], 'text.png', { type: 'image/png' }));
          target.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }));
        }
        """;

    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Uploaded_picture_is_resized_without_metadata()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/settings");
        var photo = await PhotoAsync(alice.Page);
        Assert.Contains("GPS 52.5200 N", Encoding.Latin1.GetString(photo), StringComparison.Ordinal);

        await ChooseAsync(alice, "photo.jpg", "image/jpeg", photo);
        await Expect(alice.Page.Locator(".profile-preview canvas")).ToBeVisibleAsync();
        await alice.Button("Cancel").ClickAsync();
        await Expect(alice.Page.Locator(".profile-preview")).ToBeHiddenAsync();
        Assert.False(peers.Alice.Profiles.Own.HasPicture);
        await ChooseAsync(alice, "photo.jpg", "image/jpeg", photo);
        await alice.Button("Save picture").ClickAsync();
        await alice.ShowsAsync("Your picture has been changed.");

        var picture = peers.Alice.Profiles.OwnPicture!;
        Assert.Equal((256, 256, false), (picture.Header.Width, picture.Header.Height, picture.Header.HasMetadata));
        Assert.InRange(picture.Bytes.Length, 100, ProfileRules.MaxPictureBytes);
        var text = Encoding.Latin1.GetString(picture.Bytes.Span);
        Assert.DoesNotContain("Exif", text, StringComparison.Ordinal);
        Assert.DoesNotContain("GPS", text, StringComparison.Ordinal);

        var other = await PhotoAsync(alice.Page, "blue");
        foreach (var way in new[] { "drop", "paste" })
        {
            var version = peers.Alice.Profiles.Own.Version;
            await alice
                .Page.Locator("[data-profile-picture]")
                .EvaluateAsync(Gives, new[] { way, Convert.ToBase64String(way == "drop" ? other : photo) });
            await alice.Button("Save picture").ClickAsync();
            await Eventually.True(
                () => peers.Alice.Profiles.Own.Version > version,
                PeerUnderTest.Soon,
                $"the picture has arrived by {way}"
            );
        }

        var last = peers.Alice.Profiles.Own.Version;
        await ChooseAsync(alice, "bad.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray());
        await alice.ShowsAsync("That file is not a picture that this browser can read.");
        await ChooseAsync(alice, "bad.png", "image/png", "no picture"u8.ToArray());
        await alice.ShowsAsync("That file is not a picture that this browser can read.");
        Assert.Equal(last, peers.Alice.Profiles.Own.Version);
        // Office programs copy a picture of the text with the text, and a field takes the text.
        await alice.Page.Locator("[data-profile-picture]").EvaluateAsync(PastesWithText, Convert.ToBase64String(photo));
        // Otherwise the page would say that it prepares the picture.
        await alice.ShowsAsync("That file is not a picture that this browser can read.");
        await Expect(alice.Page.Locator(".profile-preview")).ToBeHiddenAsync();
        await alice.Button("Remove").ClickAsync();
        await alice.ShowsAsync("Your picture has been removed.");
        await Expect(alice.Page.Locator(".profile-picture img")).ToHaveCountAsync(0);
        Assert.False(peers.Alice.Profiles.Own.HasPicture);
        Assert.Empty(alice.ScriptErrors);
    }

    [ChromiumFact]
    public async Task Name_and_picture_stand_next_to_the_username_everywhere()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/settings");
        await bob.Page.GetByLabel("Display name").FillAsync("Robert \"Bob\" Zimmerman of a rather long name");
        await bob.Page.Locator("form.line").First.GetByRole(AriaRole.Button).ClickAsync();
        await bob.ShowsAsync("Your display name has been saved.");
        await ChooseAsync(bob, "photo.jpg", "image/jpeg", await PhotoAsync(bob.Page));
        await bob.Button("Save picture").ClickAsync();
        await bob.ShowsAsync("Your picture has been changed.");
        await Expect(bob.Page.Locator(".me-link .username")).ToHaveTextAsync("bob");
        foreach (var place in new[] { ".me-link", ".profile-picture" })
        {
            Assert.Equal(256, await WidthAsync(bob.Page.Locator($"{place} .avatar img")));
        }

        await _looks.CheckAsync(bob, "profile");

        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "do you know me?");
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("do you know me?");
        var picture = alice.Page.Locator(".page-head .avatar img");
        await Expect(picture).ToBeVisibleAsync();
        Assert.Equal(256, await WidthAsync(picture));
        foreach (var place in new[] { ".page-head h1", ".conversations .person" })
        {
            await Expect(alice.Page.Locator($"{place} bdi")).ToContainTextAsync("Robert \"Bob\" Zimmerman");
            await Expect(alice.Page.Locator($"{place} .username")).ToHaveTextAsync("bob");
            await Expect(alice.Page.Locator($"{place} .username")).ToBeInViewportAsync(new() { Ratio = 1 });
        }

        await _looks.CheckAsync(alice, "profile-of-a-contact");
        await alice.GoAsync("/c/bob/about");
        await Expect(alice.Page.Locator(".page-head .username")).ToHaveTextAsync("bob");
        await _looks.CheckAsync(alice, "about-with-a-profile");
        await alice.GoAsync("/people");
        await Expect(alice.Page.Locator(".people .username")).ToHaveTextAsync("bob");
        await _looks.CheckAsync(alice, "people-with-a-profile");

        // A picture opened by itself is a picture, and runs nothing.
        var opened = await alice.Page.GotoAsync(new Uri(alice.Home, "/pictures/bob").AbsoluteUri);
        Assert.Equal("default-src 'none'; sandbox; frame-ancestors 'none'", opened!.Headers["content-security-policy"]);
        Assert.StartsWith("image/", opened.Headers["content-type"], StringComparison.Ordinal);
        Assert.Equal(404, (await alice.Page.GotoAsync(new Uri(alice.Home, "/pictures/carol").AbsoluteUri))!.Status);
        Assert.Empty(bob.ScriptErrors);
        _looks.AssertNothingFound();
    }

    private static Task<int> WidthAsync(ILocator image) =>
        image.EvaluateAsync<int>("async image => { await image.decode(); return image.naturalWidth; }");

    private static Task ChooseAsync(PeerPage page, string name, string type, byte[] bytes) =>
        page
            .Page.Locator("[data-profile-picture] input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = name,
                    MimeType = type,
                    Buffer = bytes,
                }
            );

    /// <summary>A picture as a phone takes it, with the place in its Exif data.</summary>
    private static async Task<byte[]> PhotoAsync(IPage page, string color = "white")
    {
        var plain = Convert.FromBase64String(await page.EvaluateAsync<string>(Draws, color));
        byte[] exif = [.. "Exif\0\0MM\0*\0\0\0\u0008\0\0GPS 52.5200 N"u8];
        return [0xff, 0xd8, 0xff, 0xe1, 0, (byte)(exif.Length + 2), .. exif, .. plain[2..]];
    }
}
