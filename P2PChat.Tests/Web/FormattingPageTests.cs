using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Formatted messages on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class FormattingPageTests(Browser browser)
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [ChromiumFact]
    public async Task Formatting_fits_in_every_theme()
    {
        var looks = new PageLooks();
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Alice.Messages.SendAsync(Bob, "What is left to do before **Friday**?");
        foreach (
            var text in (string[])
                [
                    "> What is left to do before **Friday**?\nNot much:\n\n1. the *release notes*\n2. ~~the pictures~~ "
                        + "done\n3. `dotnet test`\n   - on Linux\n   - on macOS\n\nSee [the list]"
                        + "(https://example.org/a/long/path?with=parameters), and tell me.",
                    "```cs\nvar timeout = TimeSpan.FromSeconds(30); // a line that is longer than the bubble is wide\n"
                        + "if (elapsed > timeout)\n\tthrow new TimeoutException();\n```",
                    "And in the end it was ||the **butler**, at https://example.org||, of all people.",
                    "> - quoted\n> - list\n>\n> > deeper, and in the other direction: שלום",
                ]
        )
        {
            _ = await peers.Bob.Messages.SendAsync(Alice, text);
        }

        await Eventually.True(
            () => peers.Alice.Messages.Page(Bob, null, null, 10).Messages.Count == 5,
            TimeSpan.FromSeconds(30),
            "bob's messages have arrived"
        );
        _ = await peers.Alice.Messages.SendAsync(
            Bob,
            "- **mine**\n- with [a link](https://example.org:8080)\n- ||no!||"
        );
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Messages).ToHaveCountAsync(6);
        await looks.CheckAsync(alice, "formatting");

        var first = alice.Messages.Nth(1).Locator(".text");
        await Expect(first.Locator("blockquote strong")).ToHaveTextAsync("Friday");
        await Expect(first.Locator("ol > li")).ToHaveCountAsync(3);
        await Expect(first.Locator("li em")).ToHaveTextAsync("release notes");
        await Expect(first.Locator("li s")).ToHaveTextAsync("the pictures");
        await Expect(first.Locator("li li")).ToHaveTextAsync(["on Linux", "on macOS"]);
        await Expect(first.Locator("a")).ToHaveTextAsync("the list (example.org)");
        await Expect(alice.Messages.Nth(5).Locator("a")).ToHaveTextAsync("a link (example.org:8080)");
        await Expect(alice.Messages.Nth(2).Locator("pre")).ToContainTextAsync("\n\tthrow");
        // The list of conversations shows it without formatting, and hides what is hidden.
        await Expect(alice.Page.Locator(".person .preview")).ToHaveTextAsync("You: - mine - with a link - ▒▒▒");

        await alice.Button("Show hidden text").First.ClickAsync();
        await Expect(alice.Page.Locator("span.spoiler")).ToHaveTextAsync("the butler, at https://example.org");
        await looks.CheckAsync(alice, "formatting-revealed");
        Assert.Empty(alice.ScriptErrors);
        looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Hidden_text_is_not_in_the_page_until_the_button_is_pressed()
    {
        const string Secret = "xyzzy";
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        _ = await peers.Bob.Messages.SendAsync(Alice, $"It is ||**{Secret}** one|| and ||{Secret} two||.");
        await alice.ShowsMessageAsync("It is");
        await Expect(alice.Page.Locator(".person .preview")).ToContainTextAsync("It is");
        await Expect(alice.Page.Locator("[aria-live=polite]")).ToContainTextAsync("It is");

        Assert.DoesNotContain(Secret, await alice.Page.ContentAsync(), StringComparison.Ordinal);
        await alice.Button("Show hidden text").First.FocusAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Page.Locator("span.spoiler")).ToHaveTextAsync($"{Secret} one");
        await Expect(alice.Page.Locator("span.spoiler")).ToBeFocusedAsync();
        await Expect(alice.Page.Locator(".menu:popover-open")).ToHaveCountAsync(0);
        await alice.Page.Keyboard.PressAsync("Tab");
        await Expect(alice.Button("Show hidden text")).ToBeFocusedAsync();
        await alice.Page.Keyboard.PressAsync("Space");
        await Expect(alice.Page.Locator("span.spoiler")).ToHaveTextAsync([$"{Secret} one", $"{Secret} two"]);
        // What was revealed stays so while the conversation goes on.
        await alice.WriteAsync("well");
        await alice.ShowsMessageAsync("well");
        await Expect(alice.Page.Locator("span.spoiler")).ToHaveCountAsync(2);

        await alice.GoAsync($"/search?words={Secret}");
        await alice.ShowsAsync("It is ▒▒▒ and ▒▒▒.");
        Assert.DoesNotContain(Secret, await alice.Page.Locator(".results").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(alice.ScriptErrors);
    }
}
