using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The page as keyboard users and screen readers get it.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed partial class AccessibilityTests(Browser browser)
{
    private const string TranscriptFile = "P2PChat.Tests/Web/chat-accessibility-tree.txt";

    [ChromiumFact]
    public async Task Message_field_is_few_tab_stops_away_and_names_are_complete()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await TalkAsync(peers);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("lost");
        await alice.Button("Not now").ClickAsync();
        await Eventually.True(
            () => peers.Alice.Messages.FirstUnread(Username.Parse("bob")) is null,
            TimeSpan.FromSeconds(30),
            "bob's message is read, so that the page does not open at it"
        );
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await Expect(alice.Text).ToBeFocusedAsync();
        await Expect(alice.Page.Locator(".person .badge")).ToHaveCountAsync(0);
        await Expect(alice.Page.Locator(".person .avatar.online")).ToBeVisibleAsync();
        peers.Bob.Presence.SetTyping(Username.Parse("alice"), active: true);
        await Expect(
                alice.Page.GetByRole(AriaRole.Status).Filter(new LocatorFilterOptions { HasText = "bob is typing" })
            )
            .ToHaveCountAsync(1);

        await KeptFile.HoldsAsync(TranscriptFile, await TranscriptAsync(alice));

        // Before the message field come the emoji button and, before that, the messages.
        await alice.Page.Keyboard.PressAsync("Shift+Tab");
        await Expect(alice.Button("Emoji")).ToBeFocusedAsync();
        await SkipAsync(alice, "Skip to content", "#main");
        var stops = await StopsUntilAsync(alice, "Message to bob");
        Assert.True(stops.Count <= 9, string.Join('\n', stops));
        await SkipAsync(alice, "Skip to message field", "#text");
        await alice.GoAsync("/people");
        await alice.TakesFocusAsync();
        await SkipAsync(alice, "Skip to content", "#main");
        await Expect(alice.Link("Skip to message field")).ToHaveCountAsync(0);
        Assert.EndsWith("/people#main", await alice.Link("Skip to content").EvaluateAsync<string>("link => link.href"));
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Every_page_shows_focus_and_shapes_in_forced_colors()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await TalkAsync(peers);
        var room = (await peers.Alice.Rooms.CreateAsync("cake", history: 0)).Id.ToString();
        _ = await peers.Alice.RoomMessages.SendAsync(room, "plates, @all?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ForcedColors = ForcedColors.Active });
        var findings = new List<string>();

        foreach (
            var path in (string[])
                [
                    "/",
                    "/people",
                    "/peer",
                    "/settings",
                    "/invite",
                    "/search?words=parcel",
                    "/c/bob/about",
                    "/c/bob",
                    "/new-room",
                    $"/r/{room}",
                    $"/r/{room}/about",
                ]
        )
        {
            await alice.GoAsync(path);
            await alice.Page.Keyboard.PressAsync("Tab");
            var (stops, found) = await WalkAsync(alice);
            findings.AddRange(found.Select(finding => $"{path}: {finding}"));
            Assert.True(stops >= 7, $"{path} has only {stops} stops.");
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    // Focuses every stop after a key was pressed, so that the browser shows the focus as it does for the keyboard.
    private static async Task<(int Stops, string[] Findings)> WalkAsync(PeerPage page)
    {
        var result = await page.Page.EvaluateAsync<string[]>(
            """
            () => {
              const findings = [];
              const width = (style, side) => style[`${side}Style`] === 'none' ? 0 : parseFloat(style[`${side}Width`]);
              const hasRing = element => element && width(getComputedStyle(element), 'outline') >= 2;
              const hasShape = element => {
                const style = getComputedStyle(element);
                return style.forcedColorAdjust === 'none'
                  || ['outline', 'borderTop', 'borderInlineStart', 'borderLeft'].some(side => width(style, side) > 0);
              };
              const isSeen = element => element.checkVisibility({ visibilityProperty: true });
              const stops = [...document.querySelectorAll('a[href], button, input, textarea, summary, [tabindex]')]
                .filter(element => isSeen(element) && !element.disabled && element.tabIndex >= 0);
              for (const stop of stops) {
                stop.focus();
                if (document.activeElement !== stop) findings.push(`no focus: ${stop.outerHTML.slice(0, 120)}`);
                else if (!hasRing(stop) && !hasRing(stop.closest('label'))) {
                  findings.push(`no ring: ${stop.outerHTML.slice(0, 120)}`);
                }
              }
              for (const element of document.querySelectorAll('.bubble, .badge, .avatar, .button, .field, .active')) {
                if (isSeen(element) && !hasShape(element)) findings.push(`no shape: ${element.className}`);
              }
              return [`${stops.length}`, ...findings];
            }
            """
        );
        return (int.Parse(result[0], CultureInfo.InvariantCulture), result[1..]);
    }

    private static async Task SkipAsync(PeerPage page, string link, string target)
    {
        await page.Link(link).FocusAsync();
        await Expect(page.Link(link)).ToBeInViewportAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator(target)).ToBeFocusedAsync();
    }

    // The names of the elements that receive the focus, in order.
    private static async Task<List<string>> StopsUntilAsync(PeerPage page, string name)
    {
        var stops = new List<string>();
        do
        {
            await page.Page.Keyboard.PressAsync("Tab");
            stops.Add(
                await page.Page.EvaluateAsync<string>(
                    """
                    () => {
                      const { activeElement: focused } = document;
                      return focused.ariaLabel ?? focused.labels?.[0]?.textContent
                        ?? (focused.title || focused.innerText);
                    }
                    """
                )
            );
        } while (stops.Count < 40 && stops[^1] != name);
        return stops;
    }

    // Each line is a role, a name and states, as assistive technology gets them. Times of the day differ by run.
    private static async Task<string> TranscriptAsync(PeerPage page) =>
        $"{Clock().Replace(await page.Page.Locator("body").AriaSnapshotAsync(), "12:00")}\n";

    // Two days, groups of both sides, and every state of a sent message.
    private static async Task TalkAsync(WebPeers peers)
    {
        var (alice, bob) = (Username.Parse("alice"), Username.Parse("bob"));
        _ = await peers.Bob.Messages.SendAsync(alice, "Did the parcel arrive?");
        await ArrivedAsync(peers, 1);
        _ = await peers.Alice.Messages.SendAsync(bob, "It did. See https://example.org/parcels, or:\n```\nls -la\n```");
        foreach (var text in (string[])["read", "delivered", "expired", "lost"])
        {
            _ = await peers.Alice.Messages.SendAsync(bob, text);
        }

        await ArrivedAsync(peers, 6);
        await using var store = new SqliteConnection(
            $"Data Source={Path.Combine(peers.Alice.Data, "peer.db")};Pooling=False"
        );
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        var states = Enum.GetValues<MessageState>().ToDictionary(state => state.ToString().ToLowerInvariant());
        command.CommandText = $"""
            UPDATE messages SET sent_at = 1735732800000 WHERE position <= 2;
            {string.Join('\n', states.Select(state =>
                $"UPDATE messages SET state = {(int)state.Value} WHERE text = '{state.Key}';"
            ))}
            """;
        _ = await command.ExecuteNonQueryAsync();
    }

    private static Task ArrivedAsync(WebPeers peers, int count) =>
        Eventually.True(
            () =>
                peers.Alice.Messages.Page(Username.Parse("bob"), null, null, 100).Messages is { } all
                && all.Count == count
                && all[^1].State is MessageState.Delivered or MessageState.Received,
            TimeSpan.FromSeconds(30),
            $"{count} messages have arrived"
        );

    [GeneratedRegex(@"\b\d{1,2}:\d\d(\s[AP]M)?")]
    private static partial Regex Clock();
}
