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
          window.tracks = target.stream.getTracks();
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

    // The decoder and the response of the first offer wait for the test.
    private const string Delays = """
        () => {
          const [decode, send] = [createImageBitmap, fetch];
          const isReleased = new Promise(resolve => { window.release = resolve; });
          window.createImageBitmap = async file => { await isReleased; return decode(file); };
          window.fetch = async (address, options) => {
            const response = await send(address, options);
            if (address === 'files/bob' && window.loses) {
              window.loses = false;
              throw new TypeError('The response is lost.');
            }
            return response;
          };
        }
        """;

    // The names of the parts that remain, and GPS if that does.
    private const string Strips = """
        async ([name, bytes]) => {
          const { withoutMetadata } = await import(new URL('pictures.js', document.baseURI));
          const { kindOf } = await import(new URL('picture-start.js', document.baseURI));
          const file = new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name);
          const stripped = await withoutMetadata(file, await kindOf(file));
          if (stripped === null) return null;
          const text = new TextDecoder('latin1').decode(await stripped.arrayBuffer());
          const names = /IHDR|acTL|tEXt|fcTL|IDAT|eXIf|fdAT|IEND|RIFF|WEBP|VP8[XL ]|ANIM|ANMF|JUNK|EXIF|XMP |GPS/g;
          return text.match(names).join(' ');
        }
        """;

    private static readonly Regex SomeSeconds = new("^0:(0[1-9]|[1-5][0-9])$");

    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Files_are_chosen_sent_accepted_shown_and_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync("/c/bob");
        await bob.GoAsync("/c/alice");
        await alice.ComposerIsAttachedAsync();
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
        await _looks.CheckBrieflyAsync(alice, "files-to-send", ".tray");
        await alice.Text.PressAsync("Enter");

        await Expect(Tray(alice)).ToBeHiddenAsync();
        await Expect(alice.Messages).ToHaveCountAsync(3);
        await Expect(alice.Messages.Nth(0).Locator(".file-state")).ToHaveTextAsync("Waiting for bob to accept");
        Assert.Equal(320, await WidthAsync(alice.Messages.Nth(0).Locator("img")));
        await Expect(bob.Messages).ToHaveCountAsync(3);
        Assert.Equal(320, await WidthAsync(bob.Messages.Nth(0).Locator("img")));
        await Expect(bob.Messages.Nth(2).Locator("img")).ToHaveCountAsync(0);
        var preview = PreviewOf(peers.Bob, 0);
        Assert.InRange(preview.Length, 100, 16 * 1024);
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(preview), StringComparison.Ordinal);
        await _looks.CheckBrieflyAsync(bob, "files-offered", ".message");
        await bob.Button("Accept photo.jpg").ClickAsync();
        await bob.Button("Decline report.pdf").ClickAsync();
        await bob.Button("Accept page.svg").ClickAsync();
        await Expect(alice.Messages.Nth(1).Locator(".file-state")).ToHaveTextAsync("bob declined this file.");
        var picture = bob.Button("Open photo.jpg");
        Assert.Equal(320, await WidthAsync(picture.Locator("img")));
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
        await Expect(large.GetByRole(AriaRole.Img)).ToHaveJSPropertyAsync("naturalWidth", 1200);
        await _looks.CheckBrieflyAsync(bob, "picture", "#picture-dialog");
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
        await _looks.CheckBrieflyAsync(bob, "files-received", ".message");

        await bob.Button("Open second.jpg").ClickAsync();
        await Expect(bob.Page.Locator("#picture-dialog")).ToBeVisibleAsync();
        _ = await peers.Alice.Messages.RemoveForAllAsync(Bob, MessageAt(peers.Alice, 3).Id);
        await Expect(bob.Page.Locator("#picture-dialog")).ToBeHiddenAsync();
        await Expect(bob.Messages.Nth(3)).ToContainTextAsync("This message was deleted.");
        await bob.ForgetsAsync("second.jpg");
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
            sparse.SetLength(64 << 20);
        }

        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/c/alice");
        var files = peers.Alice.Services.GetRequiredService<FileService>();
        using var ended = new CancellationTokenSource();
        var holding = HoldAsync(peers.Alice, files, ended.Token);
        var film = await files.OfferAsync(Bob, path, null, CancellationToken.None);
        await bob.Button("Accept film.mkv").ClickAsync();
        await bob.Button("Pause film.mkv").ClickAsync();

        await Expect(bob.Page.Locator(".file-state")).ToHaveTextAsync(new Regex("[Pp]aused$"));
        await Expect(bob.Page.Locator(".file progress")).ToHaveAccessibleNameAsync("Progress of film.mkv");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.Button("Resume film.mkv").ClickAsync();
        await Expect(alice.Page.Locator(".file-state")).ToContainTextAsync(new Regex("[Pp]aused by bob"));
        await _looks.CheckBrieflyAsync(bob, "file-paused", ".message");
        await _looks.CheckBrieflyAsync(alice, "file-paused-by-them", ".message");

        await bob.Button("Resume film.mkv").ClickAsync();
        await Expect(bob.Page.Locator(".file-state")).ToContainTextAsync(new Regex("[Pp]aused by alice"));
        await alice.Button("Cancel film.mkv").ClickAsync();
        await Expect(bob.Page.Locator(".file-state")).ToHaveTextAsync("Cancelled before the whole file was sent.");
        await Expect(bob.Page.Locator(".file progress")).ToHaveCountAsync(0);
        await Expect(alice.Page.Locator(".message")).ToBeFocusedAsync();
        await ended.CancelAsync();
        await holding;
        Assert.Equal(TransferState.Cancelled, files.Find(Bob, film.Id).State);
        Assert.Empty(bob.Errors);
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Files_of_one_contact_are_accepted_by_a_choice_on_their_page()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/c/alice/about");
        var choices = bob.Page.Locator("[aria-labelledby=contact-files]");

        await choices.GetByText("Accept without asking").ClickAsync();

        await Eventually.True(
            () => peers.Bob.ChatMarks.Of(Alice).AcceptFiles == AutoAccept.On,
            PeerUnderTest.Soon,
            "the choice is saved"
        );
        peers.Bob.ChatMarks.SetAcceptFiles(Alice, AutoAccept.Off);
        await Expect(choices.GetByRole(AriaRole.Radio).Nth((int)AutoAccept.Off)).ToBeCheckedAsync();
        await choices.ScrollIntoViewIfNeededAsync();
        await _looks.CheckBrieflyAsync(bob, "files-of-contact", "[aria-labelledby=contact-files]");
        Assert.Empty(bob.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Voice_clip_is_recorded_after_another_page_and_played()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/settings");
        await bob.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "All contacts" }).CheckAsync();
        await bob.Page.GetByLabel("Maximum size").SelectOptionAsync("1 MiB");
        await bob.ShowsAsync(Path.Combine(peers.Bob.Data, "downloads"));
        await Eventually.True(
            () => ValueOf("accept-files") == "contacts" && ValueOf("accept-files-up-to") == "1MiB",
            PeerUnderTest.Soon,
            "the settings are saved"
        );
        await bob.Page.Locator("#files").ScrollIntoViewIfNeededAsync();
        await _looks.CheckBrieflyAsync(bob, "settings-of-files", "[aria-labelledby=files]");

        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Button("Record a voice clip").ClickAsync();
        await Expect(alice.Page.Locator("#toast")).ToContainTextAsync("try again.");
        await alice.Page.AddInitScriptAsync(Microphone);
        await alice.GoAsync("/people");
        Assert.False(await alice.Page.EvaluateAsync<bool>("document.featurePolicy.allowsFeature('microphone')"));
        await alice.Page.Locator(".conversations .person").ClickAsync();

        await alice.ComposerIsAttachedAsync();
        await alice.Button("Record a voice clip").ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Timer)).ToBeVisibleAsync();
        await alice.Text.ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Timer)).ToHaveTextAsync(SomeSeconds);
        await _looks.CheckBrieflyAsync(alice, "recording", ".recorder");
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
        await _looks.CheckBrieflyAsync(bob, "voice-clip", ".message");
        Assert.Empty(alice.ScriptErrors);
        Assert.Empty(bob.ScriptErrors);
        _looks.AssertNothingFound();

        string ValueOf(string name) => peers.Bob.Settings.All.Single(setting => setting.Name == name).Value;
    }

    [ChromiumFact]
    public async Task Recording_is_kept_when_the_microphone_or_the_user_leaves()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.Page.AddInitScriptAsync(Microphone);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Button("Record a voice clip").ClickAsync();
        await alice.Text.ClickAsync();
        await Expect(alice.Page.GetByRole(AriaRole.Timer)).ToHaveTextAsync(SomeSeconds);

        await alice.Page.EvaluateAsync("tracks.forEach(track => track.stop())");
        await Expect(alice.Page.Locator(".recorder-text")).ToHaveTextAsync("Stopped at");
        await Expect(alice.Page.Locator("#toast")).ToContainTextAsync("The microphone stopped");

        await alice.Link("People").ClickAsync();
        await alice.Page.Locator(".conversations .person").ClickAsync();
        await Expect(Tray(alice).Locator("li")).ToHaveCountAsync(1);
        await Expect(Tray(alice).Locator(".file-name")).ToContainTextAsync("voice-clip-");

        // The button that began it ends it, and what was recorded waits.
        var button = alice.Button("Record a voice clip");
        await button.ClickAsync();
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
        await button.ClickAsync();
        await Expect(Tray(alice).Locator("li")).ToHaveCountAsync(2);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Animated_pictures_lose_their_metadata_and_keep_their_frames()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        byte[] png =
        [
            0x89,
            .. "PNG\r\n\u001a\n"u8,
            .. Png("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0]),
            .. Png("acTL", new byte[8]),
            .. Png("tEXt", "GPS"u8),
            .. Png("fcTL", new byte[26]),
            .. Png("IDAT", [1]),
            .. Png("eXIf", "GPS"u8),
            .. Png("fdAT", [2]),
            .. Png("IEND", []),
            .. "GPS"u8,
        ];
        Assert.Equal("IHDR acTL fcTL IDAT fdAT IEND", await PartsAsync("a.png", png));

        byte[] frame = [.. new byte[16], .. Riff("VP8L", [0x2f, 0, 0, 0]), .. Riff("JUNK", "GPS"u8)];
        byte[] chunks =
        [
            .. Riff("VP8X", [0x1e, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            .. Riff("ANIM", new byte[6]),
            .. Riff("ANMF", frame),
            .. Riff("EXIF", "GPS"u8),
            .. Riff("XMP ", "GPS"u8),
        ];
        byte[] webp = [.. Riff("RIFF", [.. "WEBP"u8, .. chunks]), .. "GPS"u8];
        Assert.Equal("RIFF WEBP VP8X ANIM ANMF VP8L", await PartsAsync("a.webp", webp));
        Assert.Null(await PartsAsync("cut.webp", webp[..100]));
        Assert.Empty(alice.Errors);

        Task<string?> PartsAsync(string name, byte[] bytes) =>
            alice.Page.EvaluateAsync<string?>(Strips, new[] { name, Convert.ToBase64String(bytes) });

        static byte[] Png(string name, ReadOnlySpan<byte> content) =>
            [0, 0, 0, (byte)content.Length, .. Encoding.ASCII.GetBytes(name), .. content, 0, 0, 0, 0];

        static byte[] Riff(string name, ReadOnlySpan<byte> content) =>
            [
                .. Encoding.ASCII.GetBytes(name),
                (byte)content.Length,
                0,
                0,
                0,
                .. content,
                .. new byte[content.Length & 1],
            ];
    }

    [ChromiumFact]
    public async Task File_is_sent_once_without_metadata_or_not_at_all()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync("/c/bob");
        await bob.GoAsync("/c/alice");
        await alice.ComposerIsAttachedAsync();
        var photo = await PhotoAsync(alice.Page);
        var strips = alice.Page.GetByLabel("Send without location and camera data");

        // Cancelled while it is prepared, a picture is neither uploaded nor offered.
        await alice.Page.EvaluateAsync(Delays);
        await ChooseAsync(alice, ("secret.jpg", "image/jpeg", photo));
        await alice.Text.PressAsync("Enter");
        await alice.Button("Cancel secret.jpg").ClickAsync();
        await Expect(Tray(alice)).ToBeHiddenAsync();
        await alice.Page.EvaluateAsync("release()");

        // The choice to keep metadata holds for the files that it was made for.
        await ChooseAsync(alice, ("camera.CR2", "", "II*\0GPS"u8.ToArray()));
        await alice.Text.PressAsync("Enter");
        await Expect(Tray(alice)).ToContainTextAsync("cannot remove this picture's location");
        await strips.UncheckAsync();
        await alice.Button("Try again: camera.CR2").ClickAsync();
        await Expect(Tray(alice)).ToBeHiddenAsync();
        await ChooseAsync(alice, ("IMG_0001", "", photo));
        await Expect(strips).ToBeCheckedAsync();

        // The offer is repeated after its response was lost, and sends the file once.
        await alice.Page.EvaluateAsync("window.loses = true");
        await alice.Text.PressAsync("Enter");
        await Expect(Tray(alice)).ToContainTextAsync("Your peer did not answer.");
        await alice.Button("Try again: IMG_0001").ClickAsync();
        await Expect(Tray(alice)).ToBeHiddenAsync();
        await GiveAsync(alice, "drop", "last.txt", "text/plain", "last"u8.ToArray(), ".sidebar");
        await Expect(alice.Page.Locator("#toast")).ToContainTextAsync("Drop files on the open conversation");
        await ChooseAsync(alice, ("last.txt", "text/plain", "last"u8.ToArray()));
        await alice.Text.PressAsync("Enter");

        await Expect(bob.Messages.Nth(2)).ToContainTextAsync("last.txt");
        await Expect(bob.Messages).ToHaveCountAsync(3);
        await bob.Button("Accept IMG_0001.jpg").ClickAsync();
        var received = await File.ReadAllBytesAsync(await ReceivedAsync(peers.Bob, 1));
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(received), StringComparison.Ordinal);
        Assert.Empty(alice.ScriptErrors);
        Assert.Empty(bob.ScriptErrors);
    }

    /// <summary>Pauses the sender whenever it could go on, so that no transfer ends.</summary>
    private static async Task HoldAsync(TestPeer sender, FileService files, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in EventLogReader.ReadAsync(sender.Events, 0, cancellationToken))
            {
                if (
                    happened is PeerEvent.TransferChanged
                    {
                        Transfer: { State: TransferState.Active, IsPausedByThem: false } file
                    }
                )
                {
                    TryPause(file);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }

        void TryPause(FileTransfer file)
        {
            try
            {
                _ = files.Pause(file.With, file.Id);
            }
            catch (PeerException)
            {
                // An earlier event has paused it.
            }
        }
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

    private static async Task GiveAsync(
        PeerPage page,
        string way,
        string name,
        string type,
        byte[] bytes,
        string target = "#text"
    ) => await page.Page.Locator(target).EvaluateAsync(Gives, new[] { way, name, type, Convert.ToBase64String(bytes) });

    private static Task<int> WidthAsync(ILocator image) =>
        image.EvaluateAsync<int>("async image => { await image.decode(); return image.naturalWidth; }");

    private static byte[] PreviewOf(TestPeer bob, int index) =>
        bob
            .Services.GetRequiredService<FileContentService>()
            .PreviewOf(Alice, MessageAt(bob, index).Id, isOurs: false)!
            .Value.Picture;

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
