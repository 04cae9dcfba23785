using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>
/// Takes the screenshots of the page that belong in <c>docs/images</c>, and saves them to the directory in
/// <c>P2PCHAT_PICTURES</c>, if set.
/// </summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
[Trait("Requires", "Pictures")]
public sealed class DocumentPicturesTests(Browser browser)
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private static readonly (string Name, string Text)[] Others =
    [
        ("carol", "See you at eight, then."),
        ("dmitri", "The antenna is on its way."),
        ("ingrid", "Thanks, that did it!"),
        ("samira", "Which release is on your machine?"),
        ("viktor", "I'll call you tomorrow."),
    ];

    private static readonly (bool IsOwn, string Text)[] Talk =
    [
        (false, "Morning! Did the relay come back after the power cut?"),
        (false, "The dashboard still shows it red for me."),
        (true, "It did, around six."),
        (true, "I had to swap the fuse on the roof, and then it found its way by itself."),
        (true, "`p2pchat status` says registered since 06:12."),
        (false, "Nice. I'll note it in https://example.org/relay then."),
        (
            false,
            "One more thing: could you bring the spare antenna on Thursday? Jonas wants to try it on the south side, "
                + "where the hill is in the way."
        ),
        (true, "Will do."),
    ];

    [PicturesFact]
    public async Task Pictures_show_a_conversation_and_the_list()
    {
        await using var directory = await TestDirectory.StartAsync();
        var peers = await Task.WhenAll(
            Others.Select(other => other.Name).Prepend("bob").Select(name => TestPeer.StartAsync(name, directory.Url))
        );
        await using var alice = await TestPeer.StartAsync("alice", directory.Url);
        await Task.WhenAll(peers.Append(alice).Select(peer => peer.RegisteredAsync()));
        try
        {
            foreach (var (peer, text) in peers.Skip(1).Zip(Others, (peer, other) => (peer, other.Text)).Reverse())
            {
                await ConnectAsync(alice, peer);
                await SayAsync(peer, Alice, text, alice, peer.Status.Name);
            }

            await ConnectAsync(alice, peers[0]);
            foreach (var (isOwn, text) in Talk)
            {
                await (
                    isOwn ? SayAsync(alice, Bob, text, peers[0], Alice) : SayAsync(peers[0], Alice, text, alice, Bob)
                );
            }

            peers[0].Messages.MarkRead(Alice, null);
            Assert.True(alice.Contacts.Verify(Bob, alice.Contacts.Safety(Bob).Digits));
            foreach (var name in Others.Skip(2))
            {
                alice.Messages.MarkRead(Username.Parse(name.Name), null);
            }

            await TakeAsync(alice, "page-light", "/c/bob", 1200, 760, ColorScheme.Light);
            await TakeAsync(alice, "page-dark", "/c/bob/about", 1200, 760, ColorScheme.Dark);
            await TakeAsync(alice, "page-narrow-light", "/", 360, 640, ColorScheme.Light);
            await TakeAsync(alice, "page-narrow-dark", "/c/bob", 360, 640, ColorScheme.Dark);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private static Task ConnectAsync(TestPeer alice, TestPeer other) =>
        ApiCalls.ConnectAsync(alice, "alice", other, other.Status.Name.Value);

    // One message after another, so that both have them in the same order.
    private static async Task SayAsync(TestPeer from, Username to, string text, TestPeer at, Username with)
    {
        _ = await from.Messages.SendAsync(to, text);
        await Eventually.True(
            () => at.Messages.Page(with, null, null, 100).Messages.Any(message => message.Text == text),
            TimeSpan.FromSeconds(30),
            "the message has arrived"
        );
    }

    private async Task TakeAsync(TestPeer peer, string name, string path, int width, int height, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(peer, width, height, scheme);
        await page.GoAsync(path);
        await Expect(page.Page.Locator(".avatar.online:visible").First).ToBeVisibleAsync();
        Assert.Empty(await page.FindingsAsync());
        await page.Page.ScreenshotAsync(
            new PageScreenshotOptions { Path = Path.Combine(PageLooks.Pictures!, $"{name}.png") }
        );
    }
}

/// <summary>A <see cref="ChromiumFactAttribute"/> that is skipped unless screenshots are wanted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PicturesFactAttribute : FactAttribute
{
    public PicturesFactAttribute() =>
        Skip = new ChromiumFactAttribute().Skip ?? (PageLooks.Pictures is null ? "P2PCHAT_PICTURES is not set." : null);
}
