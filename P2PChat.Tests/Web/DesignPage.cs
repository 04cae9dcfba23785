using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>Two connected peers with a conversation, and the page of one, for tests of its design.</summary>
public sealed class DesignPage(Browser browser) : IAsyncLifetime
{
    internal static readonly Username Alice = Username.Parse("alice");
    internal static readonly Username Bob = Username.Parse("bob");

    private WebPeers? _peers;
    private PeerPage? _page;

    internal WebPeers Peers => _peers!;

    /// <summary>Alice's page.</summary>
    internal PeerPage Page => _page!;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
        {
            return;
        }

        _peers = await WebPeers.StartConnectedAsync();
        foreach (var text in (string[])["first, with https://example.org", "second", "third"])
        {
            _ = await _peers.Bob.Messages.SendAsync(Alice, text);
        }

        await Eventually.True(
            () => _peers.Alice.Messages.Page(Bob, null, null, 10).Messages.Count == 3,
            TimeSpan.FromSeconds(30),
            "bob's messages have arrived"
        );
        _ = await _peers.Alice.Messages.SendAsync(Bob, "👍");
        await Eventually.True(
            () => _peers.Alice.Messages.Page(Bob, null, null, 10).Messages[^1].State == MessageState.Delivered,
            TimeSpan.FromSeconds(30),
            "alice's message has been delivered, so that its look does not change"
        );
        _page = await browser.OpenAsync(_peers.Alice);
    }

    public async Task DisposeAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }

        if (_peers is not null)
        {
            await _peers.DisposeAsync();
        }
    }

    internal Task<PeerPage> OpenAsync(TestPeer peer) => browser.OpenAsync(peer);

    /// <summary>Opens a path in the default look, which the tests share.</summary>
    internal async Task<IPage> GoAsync(string path, int width = 1280)
    {
        await Page.Page.EmulateMediaAsync(
            new PageEmulateMediaOptions
            {
                ColorScheme = ColorScheme.Light,
                ForcedColors = ForcedColors.None,
                ReducedMotion = ReducedMotion.NoPreference,
            }
        );
        await Page.Page.SetViewportSizeAsync(width, 800);
        await Page.GoAsync(path);
        // Text in another font has another size.
        await Page.Page.EvaluateAsync("async () => { await document.fonts.ready; }");
        return Page.Page;
    }
}
