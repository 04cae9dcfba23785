using Microsoft.Playwright;
using P2PChat.Node.Backup;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Backups, blocks and files that are dropped.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class BackupPageTests(Browser browser)
{
    private const string Passphrase = "correct horse battery staple";

    // Drops what the argument describes, and says whether the page has taken it from the browser.
    private const string Drop = """
        (target, { file, text }) => {
          const data = new DataTransfer();
          if (file) data.items.add(new File(['content'], file, { type: 'image/png' }));
          if (text) data.setData('text/plain', text);
          const send = type => !target.dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
          return send('dragover') && send('drop');
        }
        """;

    [ChromiumFact]
    public async Task Backup_is_downloaded_and_can_be_restored()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        using var temp = new TempDirectory();
        await alice.GoAsync("/settings");
        await alice.TakesFocusAsync();
        var passphrase = alice.Page.GetByLabel("Passphrase", new PageGetByLabelOptions { Exact = true });
        var repeated = alice.Page.GetByLabel("Repeat the passphrase");

        await passphrase.FillAsync("short");
        await alice.ShowsAsync("Too short: use at least 8 characters.");
        await passphrase.FillAsync(Passphrase);
        await repeated.FillAsync("something else");
        await alice.Button("Download backup").ClickAsync();
        await alice.ShowsAsync("The passphrases do not match.");
        await Expect(repeated).ToBeFocusedAsync();
        await repeated.FillAsync(Passphrase);
        await alice.ShowsAsync("Good length.");
        var download = await alice.Page.RunAndWaitForDownloadAsync(() => alice.Button("Download backup").ClickAsync());
        await alice.ShowsAsync("The backup has been downloaded.");
        await Expect(passphrase).ToHaveValueAsync("");

        Assert.Matches("^p2pchat-alice-[0-9]{4}-[0-9]{2}-[0-9]{2}\\.backup$", download.SuggestedFilename);
        var file = Path.Combine(temp.Path, "alice.backup");
        await download.SaveAsAsync(file);
        var manifest = BackupRestorer.Restore(
            file,
            Path.Combine(temp.Path, "restored"),
            Passphrase,
            TimeProvider.System
        );
        Assert.Equal(peers.Alice.Status.PeerId.ToString(), manifest.PeerId);
        await Eventually.True(
            () => Directory.GetFiles(peers.Alice.Data, "backup*").Length == 0,
            PeerUnderTest.Soon,
            "the peer's own copy is deleted once it has been sent"
        );
        Assert.Empty(alice.Errors);

        // The peer checks the passphrase too, and answers only the page itself in a signed-in browser.
        var answers = await alice.Page.EvaluateAsync<string>(
            """
            async () => {
              const post = (credentials, body = new URLSearchParams({ passphrase: 'short' })) => fetch(
                '/backup', { method: 'POST', credentials, body });
              const answers = [await post('same-origin'), await post('omit'), await post('same-origin', 'no form')];
              return answers.map(answer => answer.status).join(' ');
            }
            """
        );
        Assert.Equal("400 401 400", answers);
    }

    [ChromiumFact]
    public async Task Block_asks_first_and_blocked_people_are_listed_in_the_settings()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var (peer, bob) = (peers.Alice, peers.Bob.Status.Name);
        await alice.GoAsync("/settings");
        await alice.ShowsAsync("You have not blocked anyone.");
        await alice.GoAsync("/c/bob/about");
        var question = alice.Page.GetByRole(AriaRole.Alertdialog, new PageGetByRoleOptions { Name = "Block bob?" });

        await alice.Button("Block …").ClickAsync();
        await Expect(question).ToContainTextAsync("They are not told");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(alice.Button("Block …")).ToBeFocusedAsync();
        Assert.False(peer.StoredContacts.Find(bob)!.Blocked);
        await alice.Button("Block …").ClickAsync();
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Block" }).ClickAsync();
        await Expect(alice.Button("Unblock")).ToBeVisibleAsync();
        Assert.True(peer.StoredContacts.Find(bob)!.Blocked);

        await alice.GoAsync("/settings");
        await Expect(alice.Page.Locator(".blocked-list")).ToContainTextAsync(peers.Bob.Status.PeerId.Short);
        await alice.Button("Unblock bob").ClickAsync();
        await alice.ShowsAsync("You have not blocked anyone.");
        Assert.False(peer.StoredContacts.Find(bob)!.Blocked);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Dropped_file_waits_to_be_sent_and_dropped_text_joins_the_message()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/people");
        Assert.True(await alice.Page.Locator("h1").EvaluateAsync<bool>(Drop, new { file = "picture.png" }));
        await Expect(alice.Page.Locator("#toast")).ToHaveTextAsync("Open a conversation to send files.");
        await alice.GoAsync("/c/bob");
        await alice.Text.FillAsync("see: ");

        Assert.True(await alice.Log.EvaluateAsync<bool>(Drop, new { file = "picture.png" }));
        await Expect(alice.Page.Locator(".tray li")).ToHaveCountAsync(1);
        Assert.True(await alice.Text.EvaluateAsync<bool>(Drop, new { file = "picture.png" }));
        await Expect(alice.Page.Locator(".tray li")).ToHaveCountAsync(2);
        Assert.True(await alice.Log.EvaluateAsync<bool>(Drop, new { text = "dropped" }));
        await Expect(alice.Text).ToHaveValueAsync("see: dropped");
        await Expect(alice.Text).ToBeFocusedAsync();
        // In a field, the browser inserts the text where it is dropped.
        Assert.False(await alice.Text.EvaluateAsync<bool>(Drop, new { text = "native" }));
        Assert.Empty(alice.Errors);
    }
}
