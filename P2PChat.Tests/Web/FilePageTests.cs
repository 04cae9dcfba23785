using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Files, pictures and voice clips on the page, between two real peers.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class FilePageTests(Browser browser)
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private const string Draws = """
        () => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [1200, 800];
          const context = canvas.getContext('2d');
          const sky = context.createLinearGradient(0, 0, 0, 800);
          sky.addColorStop(0, '#4a7fd6');
          sky.addColorStop(1, '#f6c48f');
          context.fillStyle = sky;
          context.fillRect(0, 0, 1200, 800);
          context.fillStyle = '#2d3a4f';
          context.beginPath();
          context.moveTo(0, 800);
          for (let x = 0; x <= 1200; x += 20) context.lineTo(x, 560 + 120 * Math.sin(x / 150) + 40 * Math.sin(x / 37));
          context.lineTo(1200, 800);
          context.fill();
          return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
        }
        """;

    private const string Gives = """
        (target, [event, name, type, bytes]) => {
          const data = new DataTransfer();
          const content = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
          data.items.add(new File([content], name, { type }));
          const init = { bubbles: true, cancelable: true };
          target.dispatchEvent(event === 'drop'
            ? new DragEvent('drop', { ...init, dataTransfer: data })
            : new ClipboardEvent('paste', { ...init, clipboardData: data }));
        }
        """;

    // A tone instead of a microphone. Everything after it is real.
    private const string Microphone = """
        navigator.mediaDevices.getUserMedia = async () => {
          const audio = new AudioContext();
          const tone = audio.createOscillator();
          const target = audio.createMediaStreamDestination();
          tone.connect(target);
          tone.start();
          document.addEventListener('click', () => audio.resume());
          return target.stream;
        };
        """;

    private const string Headers = """
        async address => {
          const { headers } = await fetch(address);
          return ['content-type', 'x-content-type-options', 'content-security-policy', 'content-disposition']
            .map(name => headers.get(name).replace(/; filename\*.*/, ''));
        }
        """;

    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Files_are_chosen_sent_accepted_shown_and_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync("/c/bob");
        await bob.GoAsync("/c/alice");
        var photo = await PhotoAsync(alice.Page);

        await ChooseAsync(
            alice,
            ("photo.jpg", "image/jpeg", photo),
            ("report.pdf", "application/pdf", new byte[90_000])
        );
        await GiveAsync(alice, "drop", "page.svg", "image/svg+xml", "<svg onload='alert(1)'/>"u8.ToArray());
        await Expect(Tray(alice).Locator("li")).ToHaveCountAsync(3);
        await Expect(Tray(alice).Locator("img")).ToHaveCountAsync(1);
        await Expect(alice.Page.GetByLabel("Send without location and camera data")).ToBeCheckedAsync();
        await _looks.CheckAsync(alice, "files-to-send");
        await alice.Text.PressAsync("Enter");

        await Expect(Tray(alice)).ToBeHiddenAsync();
        await Expect(alice.Messages).ToHaveCountAsync(3);
        await Expect(alice.Messages.Nth(0).Locator(".file-state")).ToHaveTextAsync("Waiting for bob to accept");
        Assert.Equal(1200, await WidthAsync(alice.Messages.Nth(0).Locator("img")));
        await Expect(bob.Messages).ToHaveCountAsync(3);
        Assert.Equal(320, await WidthAsync(bob.Messages.Nth(0).Locator("img")));
        await Expect(bob.Messages.Nth(2).Locator("img")).ToHaveCountAsync(0);
        await _looks.CheckAsync(bob, "files-offered");
        await bob.Button("Accept photo.jpg").ClickAsync();
        await bob.Button("Decline report.pdf").ClickAsync();
        await bob.Button("Accept page.svg").ClickAsync();
        await Expect(alice.Messages.Nth(1).Locator(".file-state")).ToHaveTextAsync("bob declined this file.");
        var picture = bob.Button("Open photo.jpg");
        await Expect(picture.Locator("img")).ToHaveJSPropertyAsync("naturalWidth", 1200);
        var received = await ReceivedAsync(peers.Bob, 0);
        Assert.Equal("photo.jpg", Path.GetFileName(received));
        Assert.DoesNotContain(
            "GPS",
            Encoding.Latin1.GetString(await File.ReadAllBytesAsync(received)),
            StringComparison.Ordinal
        );

        await picture.FocusAsync();
        await bob.Page.Keyboard.PressAsync("Enter");
        var large = bob.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "photo.jpg" });
        await Expect(large.GetByRole(AriaRole.Img)).ToHaveAccessibleNameAsync("photo.jpg");
        await _looks.CheckAsync(bob, "picture");
        await bob.Page.Keyboard.PressAsync("Escape");
        await Expect(picture).ToBeFocusedAsync();

        // As a document of its own, a file is a download, whatever it is.
        await Expect(bob.Link("Download page.svg")).ToBeVisibleAsync();
        var address = await bob.Link("Download page.svg").GetAttributeAsync("href");
        Assert.Equal(
            ["application/octet-stream", "nosniff", "default-src 'none'; sandbox", "attachment; filename=page.svg"],
            await bob.Page.EvaluateAsync<string[]>(Headers, address)
        );

        // The original keeps what its file says.
        await GiveAsync(alice, "paste", "second.jpg", "image/jpeg", photo);
        await alice.Page.GetByLabel("Send without location and camera data").UncheckAsync();
        await alice.Button("Send").ClickAsync();
        await bob.Button("Accept second.jpg").ClickAsync();
        Assert.Equal(photo, await File.ReadAllBytesAsync(await ReceivedAsync(peers.Bob, 3)));
        await Expect(bob.Page.Locator(".person .preview")).ToHaveTextAsync("Picture");
        await Expect(bob.Button("Open second.jpg")).ToBeVisibleAsync();
        await _looks.CheckAsync(bob, "files-received");

        await bob.Button("Open second.jpg").ClickAsync();
        await Expect(bob.Page.Locator("#picture-dialog")).ToBeVisibleAsync();
        _ = await peers.Alice.Messages.RemoveForAllAsync(Bob, MessageAt(peers.Alice, 3).Id);
        await Expect(bob.Page.Locator("#picture-dialog")).ToBeHiddenAsync();
        await Expect(bob.Messages.Nth(3)).ToContainTextAsync("This message was deleted.");
        Assert.DoesNotContain("second.jpg", await bob.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty(alice.ScriptErrors);
        Assert.Empty(bob.ScriptErrors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Transfer_shows_progress_and_is_paused_and_cancelled()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        using var temp = new TempDirectory();
        var path = Path.Combine(temp.Path, "film.mkv");
        await using (var sparse = File.Create(path))
        {
            sparse.SetLength(384 << 20);
        }

        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/c/alice");
        var files = peers.Alice.Services.GetRequiredService<FileService>();
        _ = await files.OfferAsync(Bob, path, null, CancellationToken.None);
        await bob.Button("Accept film.mkv").ClickAsync();
        await bob.Button("Pause film.mkv").ClickAsync();

        await Expect(bob.Page.Locator(".file-state")).ToContainTextAsync("of 384 MiB · paused");
        await Expect(bob.Page.Locator(".file progress")).ToHaveAccessibleNameAsync("Progress of film.mkv");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Page.Locator(".file-state")).ToContainTextAsync("of 384 MiB · paused by bob");
        if (PageLooks.Pictures is not null)
        {
            await _looks.CheckAsync(bob, "file-paused");
            await _looks.CheckAsync(alice, "file-paused-by-them");
        }

        await bob.Button("Resume film.mkv").ClickAsync();
        await Expect(bob.Page.Locator(".file-state")).Not.ToContainTextAsync("paused");
        await alice.Button("Cancel film.mkv").ClickAsync();
        await Expect(bob.Page.Locator(".file-state")).ToHaveTextAsync("Cancelled. The file was not sent completely.");
        await Expect(bob.Page.Locator(".file progress")).ToHaveCountAsync(0);
        Assert.Empty(bob.Errors);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Voice_clip_is_recorded_after_another_page_and_played()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/settings");
        await bob.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "All contacts" }).CheckAsync();
        await bob.Page.GetByLabel("Up to").SelectOptionAsync("1 MiB");
        await bob.ShowsAsync(Path.Combine(peers.Bob.Data, "downloads"));
        if (PageLooks.Pictures is not null)
        {
            await bob.Page.Locator("#files").ScrollIntoViewIfNeededAsync();
            await _looks.CheckAsync(bob, "settings-of-files");
        }

        await alice.GoAsync("/c/bob");
        await alice.Button("Record a voice clip").ClickAsync();
        await Expect(alice.Page.Locator("#toast")).ToContainTextAsync("try again.");
        await alice.Page.AddInitScriptAsync(Microphone);
        await alice.GoAsync("/people");
        Assert.False(await alice.Page.EvaluateAsync<bool>("document.featurePolicy.allowsFeature('microphone')"));
        await alice.Page.Locator(".conversations .person").ClickAsync();

        await alice.Button("Record a voice clip").ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Timer)).ToBeVisibleAsync();
        await alice.Text.ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Timer)).ToHaveTextAsync(new Regex("^0:0[1-9]$"));
        await _looks.CheckAsync(alice, "recording");
        await alice.Button("Send clip").ClickAsync();

        await bob.GoAsync("/c/alice");
        var player = bob.Page.Locator("audio");
        await Expect(player).ToHaveCountAsync(1);
        await Expect(bob.Page.Locator(".person .preview")).ToHaveTextAsync("Voice clip");
        await Eventually.True(
            async () => await player.EvaluateAsync<double>("player => player.duration") is > 0.5 and < 3600,
            PeerUnderTest.Soon,
            "the player knows how long the clip is"
        );
        await _looks.CheckAsync(bob, "voice-clip");
        Assert.Empty(alice.ScriptErrors);
        Assert.Empty(bob.ScriptErrors);
        _looks.AssertNothingFound();
    }

    private static ILocator Tray(PeerPage page) => page.Page.Locator(".tray");

    private static Task ChooseAsync(PeerPage page, params (string Name, string Type, byte[] Bytes)[] files) =>
        page
            .Page.Locator(".composer input[type=file]")
            .SetInputFilesAsync(
                files.Select(file => new FilePayload
                {
                    Name = file.Name,
                    MimeType = file.Type,
                    Buffer = file.Bytes,
                })
            );

    private static async Task GiveAsync(PeerPage page, string way, string name, string type, byte[] bytes) =>
        await page.Text.EvaluateAsync(Gives, new[] { way, name, type, Convert.ToBase64String(bytes) });

    private static Task<int> WidthAsync(ILocator image) =>
        image.EvaluateAsync<int>("async image => { await image.decode(); return image.naturalWidth; }");

    private static Message MessageAt(TestPeer peer, int index) =>
        peer.Messages.Page(peer.Status.Name == Alice ? Bob : Alice, null, null, 10).Messages[index];

    private static async Task<string> ReceivedAsync(TestPeer bob, int index)
    {
        var files = bob.Services.GetRequiredService<FileService>();
        var id = MessageAt(bob, index).Id;
        await Eventually.True(
            () => files.Find(Alice, id).State == TransferState.Completed,
            PeerUnderTest.Soon,
            "the file has arrived"
        );
        return files.Find(Alice, id).Path!;
    }

    /// <summary>A picture as a phone takes it, with the place in its Exif data.</summary>
    private static async Task<byte[]> PhotoAsync(IPage page)
    {
        var plain = Convert.FromBase64String(await page.EvaluateAsync<string>(Draws));
        byte[] exif = [.. "Exif\0\0MM\0*\0\0\0\u0008\0\0GPS 52.5200 N"u8];
        return [0xff, 0xd8, 0xff, 0xe1, 0, (byte)(exif.Length + 2), .. exif, .. plain[2..]];
    }
}
