using Microsoft.Playwright;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>
/// One Chromium for all tests of the page. They run one after another, and alone: Chromium takes so much processor time
/// that others would miss their time limits.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Collection = "Chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(60_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium.Path,
                // As root in a container, Chromium lacks the rights that its sandbox needs.
                Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
            }
        );
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a window of a browser that has no cookies.</summary>
    internal async Task<IBrowserContext> NewContextAsync(
        int width = 1280,
        int height = 800,
        ColorScheme scheme = ColorScheme.Light,
        string? locale = null,
        string timeZone = "UTC"
    )
    {
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = height },
                ColorScheme = scheme,
                TimezoneId = timeZone,
                Locale = locale,
            }
        );
        context.SetDefaultTimeout(60_000);
        return context;
    }

    /// <summary>Opens the page of a peer, signed in and interactive.</summary>
    internal async Task<PeerPage> OpenAsync(
        TestPeer peer,
        int width = 1280,
        int height = 800,
        ColorScheme scheme = ColorScheme.Light
    ) => await OpenAsync(await SignInTests.LinkAsync(peer), width, height, scheme);

    /// <summary>Opens the page of a peer on a phone: a small touch screen.</summary>
    internal async Task<PeerPage> OpenPhoneAsync(TestPeer peer)
    {
        var link = await SignInTests.LinkAsync(peer);
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = 390, Height = 700 },
                HasTouch = true,
                IsMobile = true,
            }
        );
        context.SetDefaultTimeout(60_000);
        var page = await context.NewPageAsync();
        var opened = new PeerPage(page, new Uri(link, "/"));
        await page.GotoAsync(link.AbsoluteUri);
        await opened.IsLiveAsync();
        return opened;
    }

    internal async Task<PeerPage> OpenAsync(
        Uri link,
        int width = 1280,
        int height = 800,
        ColorScheme scheme = ColorScheme.Light
    )
    {
        var page = await (await NewContextAsync(width, height, scheme)).NewPageAsync();
        var opened = new PeerPage(page, new Uri(link, "/"));
        await page.GotoAsync(link.AbsoluteUri);
        await opened.IsLiveAsync();
        return opened;
    }
}

[CollectionDefinition(Browser.Collection, DisableParallelization = true)]
public sealed class SharedBrowser : ICollectionFixture<Browser>;
