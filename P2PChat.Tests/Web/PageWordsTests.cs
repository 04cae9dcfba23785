using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Names, times and directions as the page shows them.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PageWordsTests(Browser browser)
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [ChromiumFact]
    public async Task Times_follow_the_browsers_time_zone_and_region()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        // An hour apart: before and after midnight in Berlin, on one day in Tokyo and in New York.
        await ReceiveAsync(peers, "2025-11-16T22:30:00Z", "2025-11-16T23:30:00Z");

        await using var berlin = await OpenAsync(peers.Alice, "de-DE", "Europe/Berlin");
        await ShowsTimesAsync(berlin, ["Sunday,? 16 November 2025", "Monday,? 17 November 2025"], ["23:30", "00:30"]);
        await using var tokyo = await OpenAsync(peers.Alice, "ja-JP", "Asia/Tokyo");
        await ShowsTimesAsync(tokyo, ["Monday,? (17 November|November 17,) 2025"], ["0?7:30", "0?8:30"]);
        await using var newYork = await OpenAsync(peers.Alice, "en-US", "America/New_York");
        await ShowsTimesAsync(newYork, ["Sunday, November 16, 2025"], ["5:30.PM", "6:30.PM"]);

        // The next page is rendered for the right days before its scripts run.
        var html = await newYork.Page.EvaluateAsync<string>("() => fetch('/c/bob').then(page => page.text())");
        Assert.Contains("datetime=\"2025-11-16\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("datetime=\"2025-11-17\"", html, StringComparison.Ordinal);

        // Times do not wait for the page's other scripts.
        await berlin.Page.RouteAsync("**/page*.js", route => route.AbortAsync());
        await berlin.Page.GotoAsync(new Uri(berlin.Home, "/c/bob").AbsoluteUri);
        await Expect(berlin.Page.Locator(".message local-time").First).ToHaveTextAsync("23:30");
        await Expect(berlin.Page.Locator(".person local-time")).ToHaveTextAsync("17 Nov 2025");
    }

    [ChromiumFact]
    public async Task Relative_times_are_in_words_and_are_updated()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await OpenAsync(peers.Alice, "en-GB", "Europe/London");
        await alice.Page.Clock.SetFixedTimeAsync(new DateTime(2026, 3, 18, 14, 5, 0, DateTimeKind.Utc));

        Assert.Equal(
            [
                "14:05",
                "Yesterday",
                "Monday 16 March",
                "Sun",
                "just now",
                "5 minutes ago",
                "today at 09:00",
                "yesterday at 23:00",
            ],
            await ShownAsync(
                alice,
                ("short", "2026-03-18T14:05:00Z"),
                ("day", "2026-03-17"),
                ("day", "2026-03-16"),
                ("short", "2026-03-15T10:00:00Z"),
                ("ago", "2026-03-18T14:04:30Z"),
                ("ago", "2026-03-18T14:00:00Z"),
                ("ago", "2026-03-18T09:00:00Z"),
                ("ago", "2026-03-17T23:00:00Z")
            )
        );
        Assert.Equal(
            ["on 1 March", "on 1 March 2025", "today at 18:00", "tomorrow at 00:30", "1 Mar", "Today, 14:00", "1,234"],
            await ShownAsync(
                alice,
                ("ago", "2026-03-01T12:00:00Z"),
                ("ago", "2025-03-01T12:00:00Z"),
                ("until", "2026-03-18T18:00:00Z"),
                ("until", "2026-03-19T00:30:00Z"),
                ("short", "2026-03-01T12:00:00Z"),
                ("moment", "2026-03-18T14:00:00Z"),
                ("", "1234")
            )
        );

        _ = await ShownAsync(alice, ("ago", "2026-03-18T14:00:00Z"));
        await alice.Page.Clock.SetFixedTimeAsync(new DateTime(2026, 3, 19, 14, 5, 0, DateTimeKind.Utc));
        await alice.Page.EvaluateAsync("document.dispatchEvent(new Event('visibilitychange'))");
        Assert.Equal("yesterday at 14:00", await alice.Page.EvaluateAsync<string>("shown.at(-1).textContent"));
    }

    [ChromiumFact]
    public async Task Nickname_is_used_wherever_a_person_is_named()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        peers.Alice.Contacts.SetNickname(Bob, "Bob from work");
        await using var alice = await browser.OpenAsync(peers.Alice);

        await alice.GoAsync("/people");
        await Expect(alice.Page.Locator(".people strong")).ToHaveTextAsync("Bob from work bob");
        await alice.Page.GetByPlaceholder("Find by name").FillAsync("Bob from home");
        await alice.ShowsAsync("Nobody listed matches Bob from home");
        await Expect(alice.Page.GetByText("Ask Bob")).ToHaveCountAsync(0);
        await alice.Page.GetByPlaceholder("Find by name").FillAsync("WORK");
        await Expect(alice.Page.Locator(".people li")).ToHaveCountAsync(1);

        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("You are connected");
        _ = await peers.Bob.Messages.SendAsync(Alice, "hello");
        await Expect(alice.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Bob from work: hello" }))
            .ToHaveCountAsync(1);
        await alice.ShowsAsync("This is the beginning of your conversation with Bob from work.");
        await Expect(alice.Messages.Last.Locator(".sr-only").First).ToHaveTextAsync("Bob from work:");
        await Expect(alice.Log).ToHaveAttributeAsync("aria-label", "Messages with Bob from work");

        _ = await peers.Alice.Messages.DeleteAsync(Bob, null);
        await Expect(alice.Messages).ToHaveCountAsync(0);
        peers.Bob.Connections.Disconnect(Alice);
        await alice.ShowsAsync("Bob from work ended the connection.");
        await Expect(alice.Log).ToContainTextAsync("Bob from work");
        await peers.Alice.Contacts.BlockAsync(Bob, CancellationToken.None);
        await alice.ShowsAsync("They are not told, and can still see whether you are online.");
        await Expect(alice.Page.Locator(".page-head .avatar.online")).ToHaveCountAsync(0);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Right_to_left_page_fits_and_is_readable()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        peers.Alice.Contacts.SetNickname(Bob, "נועה 🌿");
        foreach (var text in (string[])["שלום, מה שלומך היום?", "مرحبا، كيف حالك؟ (fine)", "and in English: 12:30!"])
        {
            _ = await peers.Bob.Messages.SendAsync(Alice, text);
            _ = await peers.Alice.Messages.SendAsync(Bob, text);
        }

        var looks = new PageLooks();
        await using var alice = await OpenAsync(peers.Alice, "he-IL", "Asia/Jerusalem");
        await alice.Page.AddInitScriptAsync(
            "document.addEventListener('DOMContentLoaded', () => document.documentElement.dir = 'rtl')"
        );
        foreach (
            var (path, state) in ((string, string)[])
                [("/c/bob", "chat"), ("/c/bob/about", "about"), ("/settings", "settings")]
        )
        {
            await alice.GoAsync(path);
            await Expect(alice.Messages).ToHaveCountAsync(state == "chat" ? 6 : 0);
            await looks.CheckAsync(alice, $"rtl-{state}");
        }

        looks.AssertNothingFound();
    }

    private async Task<PeerPage> OpenAsync(TestPeer peer, string locale, string timeZone)
    {
        var context = await browser.NewContextAsync(locale: locale, timeZone: timeZone);
        var link = await SignInTests.LinkAsync(peer);
        var page = new PeerPage(await context.NewPageAsync(), new Uri(link, "/"));
        await page.Page.GotoAsync(link.AbsoluteUri);
        await page.IsLiveAsync();
        return page;
    }

    private static async Task ShowsTimesAsync(PeerPage page, string[] days, string[] clocks)
    {
        await page.GoAsync("/c/bob");
        await Expect(page.Page.Locator(".day")).ToHaveTextAsync([.. days.Select(day => new Regex($"^{day}$"))]);
        await Expect(page.Page.Locator(".message local-time"))
            .ToHaveTextAsync([.. clocks.Select(clock => new Regex($"^{clock}$"))]);
    }

    // Each is a format and a moment, or a number without a format.
    private static Task<string[]> ShownAsync(PeerPage page, params (string Format, string Value)[] elements) =>
        page.Page.EvaluateAsync<string[]>(
            """
            elements => {
              globalThis.shown = elements.map(([format, value]) => {
                const element = document.createElement(format ? 'local-time' : 'local-number');
                element.setAttribute(format ? 'datetime' : 'value', value);
                element.setAttribute('format', format);
                return document.body.appendChild(element);
              });
              return globalThis.shown.map(element => element.textContent);
            }
            """,
            elements.Select(element => new[] { element.Format, element.Value }).ToArray()
        );

    private static async Task ReceiveAsync(WebPeers peers, params string[] times)
    {
        foreach (var time in times)
        {
            _ = await peers.Bob.Messages.SendAsync(Alice, time);
        }

        await Infrastructure.Eventually.True(
            () => peers.Alice.Messages.Page(Bob, null, null, 100).Messages.Count == times.Length,
            TimeSpan.FromSeconds(30),
            "bob's messages have arrived"
        );
        await using var store = new SqliteConnection(
            $"Data Source={Path.Combine(peers.Alice.Data, "peer.db")};Pooling=False"
        );
        await store.OpenAsync();
        for (var i = 0; i < times.Length; i++)
        {
            await using var command = store.CreateCommand();
            command.CommandText = "UPDATE messages SET sent_at = $at WHERE position = $position";
            command.Parameters.AddWithValue(
                "$at",
                DateTimeOffset.Parse(times[i], CultureInfo.InvariantCulture).ToUnixTimeMilliseconds()
            );
            command.Parameters.AddWithValue("$position", i + 1);
            _ = await command.ExecuteNonQueryAsync();
        }
    }
}
