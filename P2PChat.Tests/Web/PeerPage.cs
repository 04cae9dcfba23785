using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Operates a peer's page as a user does, and records the browser's errors.</summary>
internal sealed class PeerPage : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(30);

    private readonly List<string> _consoleErrors = [];
    private readonly List<string> _scriptErrors = [];

    public PeerPage(IPage page, Uri home)
    {
        Page = page;
        Home = home;
        page.PageError += (_, error) => _scriptErrors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _consoleErrors.Add(message.Text);
            }
        };
    }

    public IPage Page { get; }

    public Uri Home { get; }

    /// <summary>Uncaught errors of the page's script.</summary>
    public IReadOnlyList<string> ScriptErrors => _scriptErrors;

    /// <summary>All errors, including failed and refused requests.</summary>
    public IReadOnlyList<string> Errors => [.. _scriptErrors, .. _consoleErrors];

    public ILocator Log => Page.GetByRole(AriaRole.Log);

    public ILocator Messages => Page.Locator(".message");

    public ILocator Text =>
        Page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { NameRegex = new("^Message to") });

    public Task IsLiveAsync() => Page.WaitForSelectorAsync(".app[data-live]");

    /// <summary>Waits until right clicks and long presses open the page's own menus.</summary>
    public async Task MenusAreAttachedAsync()
    {
        await Expect(Page.Locator(".menu[data-attached]")).Not.ToHaveCountAsync(0);
        await Expect(Page.Locator(".menu:not([data-attached])")).ToHaveCountAsync(0);
    }

    /// <summary>Waits until the message field sends at once, and its buttons work. It has the focus then.</summary>
    public Task ComposerIsAttachedAsync() => Expect(Page.Locator(".composer[data-attached]")).ToBeVisibleAsync();

    /// <summary>Waits for the focus that a page takes once it has loaded, so that it does not come later.</summary>
    public Task TakesFocusAsync() => Expect(Page.Locator("[data-focus]")).ToBeFocusedAsync();

    /// <summary>Waits until a text is nowhere in the page, not even where nobody sees it.</summary>
    public Task ForgetsAsync(string text) =>
        Eventually.True(
            async () => !(await Page.ContentAsync()).Contains(text, StringComparison.Ordinal),
            PeerUnderTest.Soon,
            $"'{text}' has left the page"
        );

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(new Uri(Home, path).AbsoluteUri);
        await IsLiveAsync();
    }

    public ILocator Button(string name) =>
        Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    public ILocator Link(string name) =>
        Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>Sends a request from the list of people.</summary>
    public async Task AskAsync(string name)
    {
        await Link("People").ClickAsync();
        await Button($"Ask to connect to {name}").ClickAsync();
    }

    public async Task WriteAsync(string text)
    {
        await Text.FillAsync(text);
        await Text.PressAsync("Enter");
    }

    /// <summary>Holds a finger on an element for longer than a tap, by the browser's own touch events.</summary>
    public async Task LongPressAsync(ILocator element)
    {
        await MenusAreAttachedAsync();
        var box = (await element.BoundingBoxAsync())!;
        var session = await Page.Context.NewCDPSessionAsync(Page);
        await Touch("touchStart", new { x = box.X + (box.Width / 2), y = box.Y + (box.Height / 2) });
        await Page.Locator(".menu:popover-open").WaitForAsync();
        await Touch("touchEnd");
        await session.DetachAsync();

        Task Touch(string type, params object[] points) =>
            session.SendAsync(
                "Input.dispatchTouchEvent",
                new Dictionary<string, object> { ["type"] = type, ["touchPoints"] = points }
            );
    }

    /// <summary>Waits until the peer has rendered a message, which has replaced what the script has drawn.</summary>
    public Task ShowsMessageAsync(string text) =>
        Expect(Page.Locator(".message[data-key]").Filter(new LocatorFilterOptions { HasText = text }))
            .ToBeVisibleAsync();

    public Task ShowsAsync(string text) => Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Page.Context.CloseAsync().WaitAsync(CloseTimeout);
        }
        catch (TimeoutException)
        {
            // Chromium has once not answered. The context ends with the browser.
        }
    }
}
