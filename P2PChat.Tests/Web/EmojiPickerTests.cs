using System.Text.Json;
using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class EmojiPickerTests(Browser browser)
{
    private const string DataFile = "P2PChat.Peer/wwwroot/emoji/emoji.json";

    // Counts in Unicode's emoji-test.txt.
    private const int Emoji17 = 1914;
    private const int WithSkinTone17 = 330;

    [Fact]
    public async Task Data_has_every_emoji_of_unicode_17()
    {
        using var data = JsonDocument.Parse(await File.ReadAllTextAsync(RepositoryFile.PathOf(DataFile)));
        var groups = data.RootElement.GetProperty("groups").EnumerateArray().ToList();
        var all = groups.SelectMany(group => group.GetProperty("emoji").EnumerateArray()).ToList();

        Assert.Equal("17.0", data.RootElement.GetProperty("version").GetString());
        Assert.Equal(9, groups.Count);
        Assert.Equal(Emoji17, all.Select(emoji => emoji[0].GetString()).Distinct().Count());
        Assert.Equal(Emoji17, all.Select(emoji => emoji[1].GetString()).Distinct().Count());
        Assert.Equal(WithSkinTone17, all.Count(emoji => emoji.GetArrayLength() == 5));
    }

    [ChromiumFact]
    public async Task Emoji_is_found_and_inserted_at_the_caret()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var requested = new List<string>();
        alice.Page.Request += (_, request) => requested.Add(new Uri(request.Url).AbsolutePath);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Text.FillAsync("ab");
        await alice.Text.PressAsync("ArrowLeft");
        Assert.DoesNotContain(requested, path => path.StartsWith("/emoji/", StringComparison.Ordinal));

        await alice.Button("Emoji").ClickAsync();
        await Expect(Search(alice)).ToBeFocusedAsync();
        // All without an emoji font; otherwise, without those that are too new for it.
        Assert.InRange(await Cells(alice).CountAsync(), 1700, Emoji17);
        await alice.Page.Keyboard.TypeAsync("mex");
        await Expect(alice.Page.Locator(".emoji-found")).ToHaveTextAsync("4 emoji found.");
        await Expect(Cells(alice)).ToHaveTextAsync(["🇲🇽", "🌮", "🌯", "🫔"]);
        await Search(alice).FillAsync("nothing-like-this");
        await Expect(alice.Page.Locator(".emoji-found")).ToHaveTextAsync("No emoji found. Try another word.");
        await Search(alice).FillAsync("TACO");
        await Expect(Cells(alice)).ToHaveCountAsync(1);
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Text).ToHaveValueAsync("a🌮b");
        await Expect(alice.Text).ToBeFocusedAsync();
        await Expect(Picker(alice)).ToBeHiddenAsync();
        await alice.Page.Keyboard.TypeAsync("!");
        await Expect(alice.Text).ToHaveValueAsync("a🌮!b");

        await alice.Button("Emoji").ClickAsync();
        await alice
            .Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "Medium", Exact = true })
            .PressAsync("Space");
        await Search(alice).FillAsync("waving hand");
        await Cells(alice).First.ClickAsync();
        await Expect(alice.Text).ToHaveValueAsync("a🌮!👋🏽b");

        // The origin remembers what was used, and the skin tone.
        await alice.Page.ReloadAsync();
        await alice.IsLiveAsync();
        await alice.Button("Emoji").ClickAsync();
        await Expect(Section(alice, "Recently used").GetByRole(AriaRole.Gridcell)).ToHaveTextAsync(["👋🏽", "🌮"]);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Picker_works_with_the_keyboard_alone()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Button("Emoji").FocusAsync();

        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(Search(alice)).ToBeFocusedAsync();
        foreach (
            var (key, name) in ((string, string)[])
                [
                    ("ArrowDown", "grinning face"),
                    ("ArrowRight", "grinning face with big eyes"),
                    ("ArrowDown", "upside-down face"),
                    ("Home", "slightly smiling face"),
                    ("End", "smiling face with heart-eyes"),
                    ("ArrowRight", "star-struck"),
                    ("ArrowLeft", "smiling face with heart-eyes"),
                    ("ArrowUp", "face with tears of joy"),
                    ("Control+End", "flag: Wales"),
                    ("ArrowRight", "flag: Wales"),
                    ("Control+Home", "grinning face"),
                ]
        )
        {
            await alice.Page.Keyboard.PressAsync(key);
            await FocusesAsync(alice, name);
        }

        // The search field, the categories, the grid and the skin tones are one tab stop each.
        foreach (var name in (string[])["Smileys & Emotion", "Search emoji"])
        {
            await alice.Page.Keyboard.PressAsync("Shift+Tab");
            await FocusesAsync(alice, name);
        }

        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(Picker(alice)).ToBeHiddenAsync();
        await Expect(alice.Button("Emoji")).ToBeFocusedAsync();

        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(Search(alice)).ToBeFocusedAsync();
        await alice.Page.Keyboard.PressAsync("Tab");
        await alice.Page.Keyboard.PressAsync("End");
        await FocusesAsync(alice, "Flags");
        await alice.Page.Keyboard.PressAsync("Enter");
        await FocusesAsync(alice, "chequered flag");
        await Expect(Cells(alice).And(alice.Page.GetByLabel("chequered flag"))).ToBeInViewportAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Text).ToHaveValueAsync("🏁");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Picker_opens_at_its_top_and_keeps_a_quick_jump()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.Button("Emoji").ClickAsync();
        await Expect(Search(alice)).ToBeFocusedAsync();

        // Scroll offsets of the grid: after a jump in the turn in which the picker opens, and when it opens again.
        var tops = await Picker(alice)
            .EvaluateAsync<double[]>(
                """
                async picker => {
                  const toggled = () => new Promise(done => picker.addEventListener('toggle', done, { once: true }));
                  const button = document.querySelector('[data-emoji]');
                  const [grid, tabs] = ['.emoji-grid', '.emoji-tabs'].map(one => picker.querySelector(one));
                  const tops = [];
                  for (const jumps of [true, false]) {
                    picker.hidePopover();
                    await toggled();
                    button.click();
                    if (jumps) tabs.lastChild.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
                    await toggled();
                    tops.push(grid.scrollTop);
                  }
                  return tops;
                }
                """
            );

        Assert.NotEqual(0, tops[0]);
        Assert.Equal(0, tops[1]);
        Assert.Empty(alice.Errors);
    }

    private static ILocator Picker(PeerPage page) =>
        page.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Emoji" });

    private static ILocator Search(PeerPage page) => Picker(page).GetByRole(AriaRole.Searchbox);

    private static ILocator Cells(PeerPage page) => Picker(page).GetByRole(AriaRole.Gridcell);

    private static ILocator Section(PeerPage page, string name) =>
        Picker(page).GetByRole(AriaRole.Rowgroup, new LocatorGetByRoleOptions { Name = name });

    private static Task FocusesAsync(PeerPage page, string name) =>
        Expect(page.Page.Locator(":focus")).ToHaveAccessibleNameAsync(name);
}
