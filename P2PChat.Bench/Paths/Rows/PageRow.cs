using System.Globalization;
using Microsoft.Playwright;
using P2PChat.Bench.Processes;
using P2PChat.Node.Storage;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures what a user waits for on the web page, in Chromium, with 30 contacts and 5,000 messages.</summary>
internal sealed class PageRow : PathRow
{
    private const int Friends = 29;
    private const int MessagesPerFriend = 167;
    private const int MessagesWithBob = 100;

    private readonly TempFolder _data = new();
    private Effort _effort = null!;
    private DirectoryProcess _directory = null!;
    private PeerProgram _alice = null!;
    private PeerProgram _bob = null!;
    private Chromium _browser = null!;
    private ChatPages _pages = null!;
    private StaticPage _static = null!;

    public override string Id => "page";

    public override string Measures =>
        "the web page in Chromium, with 30 contacts and 5,000 messages: first contentful paint, from a click to the "
        + "newest message of another conversation, and from Enter to the message on the own page and on the other's";

    public override string Floor =>
        "a static copy of the page, whose script gets the same HTML over a bare WebSocket and draws sent messages";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("first paint", "ms", Aim.AtMost(300)),
        new("switch", "ms", Aim.AtMost(100)),
        new("sent message", "ms", Aim.AtMost(50)),
        new("other's page", "ms", Aim.AtMost(100)),
    ];

    public override async Task OpenAsync(Effort effort)
    {
        _effort = effort;
        _browser = await Chromium.StartAsync();
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        await StartPeersAsync();
        var own = await _browser.OpenAsync(await _alice.SignInAddressAsync());
        var other = await _browser.OpenAsync(await _bob.SignInAddressAsync());
        await Task.WhenAll(MarkReadAsync(own), MarkReadAsync(other));
        await other.GotoAsync(new Uri(new Uri(other.Url), "/c/alice").AbsoluteUri);
        _pages = new ChatPages(own, other, new Uri(new Uri(own.Url), "/c/bob"));
        _static = await StaticPage.CopyAsync(_browser, _pages);
        await MeasureAsync(_pages, new Amount(Paints: 2, Switches: 2 * Friends, Messages: 10));
        await MeasureAsync(_static.Pages, new Amount(Paints: 2, Switches: 4, Messages: 4));
    }

    public override Task<Sample[]> MeasureAsync() => MeasureAsync(_pages, FullAmount);

    public override async Task<Sample?[]> FloorAsync() =>
        [.. (await MeasureAsync(_static.Pages, FullAmount)).Select(sample => (Sample?)sample)];

    public override async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[_browser, _static, _alice, _bob, _directory])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _data.Delete();
    }

    private Amount FullAmount => _effort.Of(new Amount(10, 30, 30), new Amount(5, 7, 7));

    private static async Task<Sample[]> MeasureAsync(ChatPages pages, Amount amount)
    {
        var paints = new double[amount.Paints];
        for (var i = 0; i < paints.Length; i++)
        {
            paints[i] = await pages.PaintAsync();
        }

        var switches = new double[amount.Switches];
        for (var i = 0; i < switches.Length; i++)
        {
            switches[i] = await pages.SwitchAsync($"friend-{(i % Friends) + 1}");
        }

        _ = await pages.SwitchAsync("bob");
        var sent = new (double Own, double Other)[amount.Messages];
        for (var i = 0; i < sent.Length; i++)
        {
            sent[i] = await pages.SendAsync();
        }

        return
        [
            new(Numbers.Median(paints)),
            new(Numbers.Median(switches)),
            new(Numbers.Median(sent.Select(times => times.Own))),
            new(Numbers.Median(sent.Select(times => times.Other))),
        ];
    }

    // A conversation with unread messages opens where they begin, instead of at its end.
    private static async Task MarkReadAsync(IPage page)
    {
        var button = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Mark all as read" });
        _ = await page.WaitForSelectorAsync(".app[data-live]");
        await button.ClickAsync();
        // The store follows a moment later.
        do
        {
            _ = await page.ReloadAsync();
            _ = await page.WaitForSelectorAsync(".app[data-live]");
        } while (await button.CountAsync() > 0);
    }

    // Alice's other contacts are inserted while her peer is stopped. They are never online.
    private async Task StartPeersAsync()
    {
        var (alice, bob) = (Path.Combine(_data.FullName, "alice"), Path.Combine(_data.FullName, "bob"));
        _bob = await PeerProgram.StartAsync("bob", _directory.Address, bob);
        await using (var first = await PeerProgram.StartAsync("alice", _directory.Address, alice))
        {
            _ = await first.Api.ConnectAsync("bob");
            await first.WaitForLinkAsync();
            for (var i = 1; i <= MessagesWithBob; i++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"message {i} with bob");
                _ = i % 2 == 0 ? await first.Api.SendAsync("bob", text) : await _bob.Api.SendAsync("alice", text);
            }
        }

        BenchStore.AddConversations(Path.Combine(alice, StoreFile.FileName), Friends, MessagesPerFriend);
        _alice = await PeerProgram.StartAsync("alice", _directory.Address, alice);
        await _alice.WaitForLinkAsync();
    }

    private sealed record Amount(int Paints, int Switches, int Messages);
}
