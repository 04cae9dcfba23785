using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>
/// The states of files that are hard to reach, as events report them, and of files in the tray. See
/// <see cref="FileStateTextTests"/> for all texts.
/// </summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class FileCardTests(Browser browser) : IDisposable
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    // Uploads stop half way, until the test lets the connection break.
    private const string Holds = """
        () => {
          window.requests = [];
          XMLHttpRequest.prototype.send = function (file) {
            requests.push(this);
            this.upload.onprogress({ loaded: 0.42 * file.size, total: file.size });
          };
        }
        """;

    private readonly TempDirectory _temp = new();
    private readonly PageLooks _looks = new();

    public void Dispose() => _temp.Dispose();

    [ChromiumFact]
    public async Task Cards_show_the_states_of_files()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await bob.GoAsync("/c/alice");
        await alice.GoAsync("/c/bob");
        var files = new List<FileTransfer>();
        foreach (var name in new[] { "report.pdf", "minutes.txt", "budget.ods", "slides.odp", "film.mkv", "notes.md" })
        {
            files.Add(await OfferAsync(peers, name));
        }

        await Expect(bob.Messages).ToHaveCountAsync(6);
        Show(peers.Bob, files[0], one => one with { State = TransferState.Paused, Problem = TransferProblem.DiskFull });
        Show(peers.Bob, files[1], one =>
            one with
            {
                State = TransferState.Failed,
                Problem = TransferProblem.WrongData,
            }
        );
        Show(peers.Bob, files[2], one => one with { State = TransferState.Declined });
        Show(peers.Bob, files[3], one => one with { State = TransferState.Cancelled });
        Show(peers.Bob, files[4], one =>
            one with
            {
                State = TransferState.Active,
                Copy = new FileCopy(CopyState.Waiting),
            }
        );
        await StatesAsync(
            bob,
            "The disk is full. Free some space, then resume.",
            "alice's peer sent different data than it offered. The file was discarded.",
            "You declined this file.",
            "Cancelled before the whole file was sent.",
            "Waiting at the directory"
        );
        await Expect(bob.Button("Resume report.pdf")).ToBeVisibleAsync();
        await Expect(bob.Button("Resume minutes.txt")).ToHaveCountAsync(0);
        await _looks.CheckBrieflyAsync(bob, "files-that-do-not-arrive", ".message");

        var stored = new FileCopy(CopyState.Stored, Until: DateTimeOffset.UtcNow.AddDays(30));
        Show(peers.Alice, files[0], one => one with { Copy = stored });
        Show(peers.Alice, files[1], one =>
            one with
            {
                Copy = new FileCopy(CopyState.Waiting, CopyProblem.DirectoryFull),
            }
        );
        Show(peers.Alice, files[2], one => one with { State = TransferState.Declined });
        Show(peers.Alice, files[3], one =>
            one with
            {
                State = TransferState.Failed,
                Problem = TransferProblem.Changed,
            }
        );
        Show(peers.Alice, files[4], one => one with { State = TransferState.Active, Done = 400, Rate = 100 });
        await StatesAsync(
            alice,
            "Waiting for bob, also while you are away",
            "Waiting for bob to accept",
            "bob declined this file.",
            "The file has changed since you sent it. Send it again.",
            "400 bytes of 1000 bytes · 100 bytes/s · 6 s left",
            "Waiting for bob to accept"
        );
        await _looks.CheckBrieflyAsync(alice, "files-that-wait", ".message");

        // A block declines what waits.
        await Expect(bob.Button("Accept notes.md")).ToBeVisibleAsync();
        await peers.Bob.Contacts.BlockAsync(Alice, CancellationToken.None);
        await StatesAsync(bob, [.. Enumerable.Repeat("You declined this file.", 6)]);
        await Expect(bob.Button("Accept notes.md")).ToHaveCountAsync(0);
        Assert.Empty((string[])[.. alice.Errors, .. bob.Errors]);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Tray_shows_uploads_that_run_and_fail()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Page.EvaluateAsync(Holds);
        await alice
            .Page.Locator(".composer input[type=file]")
            .SetInputFilesAsync([File("film.mkv"), File("report.pdf")]);
        await alice.Text.PressAsync("Enter");

        var tray = alice.Page.Locator(".tray");
        await Expect(tray.Locator("[data-state]")).ToHaveTextAsync(["87.8 KiB · sending, 42 %", "87.8 KiB · waiting"]);
        await _looks.CheckBrieflyAsync(alice, "files-being-sent", ".tray");
        await alice.Page.EvaluateAsync("requests[0].onerror()");
        await Expect(tray.Locator("[data-state]"))
            .ToHaveTextAsync(["Your peer did not answer. Try again.", "87.8 KiB · sending, 42 %"]);
        await Expect(alice.Button("Try again: film.mkv")).ToBeVisibleAsync();
        await _looks.CheckBrieflyAsync(alice, "files-not-sent", ".tray");
        await alice.Button("Cancel report.pdf").ClickAsync();
        await alice.Button("Remove film.mkv").ClickAsync();
        await Expect(tray).ToBeHiddenAsync();
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();

        static FilePayload File(string name) =>
            new()
            {
                Name = name,
                MimeType = "",
                Buffer = new byte[90_000],
            };
    }

    private static void Show(TestPeer peer, FileTransfer file, Func<FileTransfer, FileTransfer> change)
    {
        var isAlice = peer.Status.Name == Alice;
        var own = file with { With = isAlice ? Bob : Alice, IsOurs = isAlice };
        peer.Events.Add(new PeerEvent.TransferChanged(change(own)));
    }

    private static Task StatesAsync(PeerPage page, params string[] states) =>
        Expect(page.Page.Locator(".message :is(.file-state, .file-problem)")).ToHaveTextAsync(states);

    private async Task<FileTransfer> OfferAsync(WebPeers peers, string name)
    {
        var path = Path.Combine(_temp.Path, name);
        await System.IO.File.WriteAllBytesAsync(path, new byte[1000]);
        var files = peers.Alice.Services.GetRequiredService<FileService>();
        return await files.OfferAsync(Bob, path, mediaType: null, CancellationToken.None);
    }
}
