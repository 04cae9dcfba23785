using Microsoft.Playwright;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ThemeTests(Browser browser)
{
    private const string Dark = "rgb(15, 17, 21)";
    private const string Light = "rgb(247, 248, 250)";

    [ChromiumFact]
    public async Task Theme_is_kept_applied_before_the_scripts_and_shared_by_tabs()
    {
        await using var directory = await TestDirectory.StartAsync();
        await using var peer = await TestPeer.StartAsync("alice", directory.Url);
        await using var alice = await browser.OpenAsync(peer);
        var other = await alice.Page.Context.NewPageAsync();
        await other.GotoAsync(alice.Home.AbsoluteUri);
        await alice.GoAsync("/settings");
        await alice.TakesFocusAsync();
        await Expect(Choice("System")).ToBeCheckedAsync();
        Assert.Equal((Light, Light), (await BackAsync(alice.Page), await FrameAsync(alice.Page)));

        // By keyboard, as any group of radio buttons.
        await Choice("System").FocusAsync();
        await alice.Page.Keyboard.PressAsync("ArrowRight");
        await alice.Page.Keyboard.PressAsync("ArrowRight");

        await Expect(Choice("Dark")).ToBeCheckedAsync();
        Assert.Equal((Dark, Dark), (await BackAsync(alice.Page), await FrameAsync(alice.Page)));
        await Expect(other.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.Equal(Dark, await BackAsync(other));

        // The classic script alone: no module runs, as before the first paint.
        await other.RouteAsync("**/*page*.js", route => route.AbortAsync());
        await other.RouteAsync("**/_framework/**", route => route.AbortAsync());
        await other.ReloadAsync();
        Assert.Equal((Dark, Dark), (await BackAsync(other), await FrameAsync(other)));
        await other.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });

        await Choice("Light").CheckAsync();
        await Expect(other.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        Assert.Equal((Light, Light), (await BackAsync(other), await FrameAsync(other)));
        await alice.GoAsync("/settings");
        await Expect(Choice("Light")).ToBeCheckedAsync();

        await Choice("System").CheckAsync();
        await Expect(other.Locator("html:not([data-theme])")).ToBeAttachedAsync();
        Assert.Equal(Dark, await BackAsync(other));
        Assert.Equal(Light, await BackAsync(alice.Page));
        Assert.Empty(alice.ScriptErrors);

        ILocator Choice(string name) =>
            alice.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = name, Exact = true });
    }

    private static Task<string> BackAsync(IPage page) =>
        page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");

    // The color of the browser's frame: that of the first element whose condition holds.
    private static Task<string> FrameAsync(IPage page) =>
        page.EvaluateAsync<string>(
            """
            () => {
              const colors = [...document.querySelectorAll('meta[name=theme-color]')];
              const probe = document.createElement('i');
              probe.style.color = colors.find(color => matchMedia(color.media).matches).content;
              document.body.append(probe);
              const color = getComputedStyle(probe).color;
              probe.remove();
              return color;
            }
            """
        );
}
