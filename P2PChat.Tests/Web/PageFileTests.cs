using P2PChat.App.Browser;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PageFileTests(Browser browser)
{
    [ChromiumFact]
    public async Task File_opens_the_page_signed_in()
    {
        await using var directory = await TestDirectory.StartAsync();
        await using var alice = await TestPeer.StartAsync("alice", directory.Url);
        var link = await SignInTests.LinkAsync(alice);
        using var temp = new TempDirectory();
        var file = PageFile.Write(temp.Path, link);

        var page = await (await browser.NewContextAsync()).NewPageAsync();
        await using var opened = new PeerPage(page, new Uri(link, "/"));
        await page.GotoAsync(new Uri(file).AbsoluteUri);

        await opened.IsLiveAsync();
        Assert.Equal(opened.Home.AbsoluteUri, page.Url);
        Assert.Empty(opened.Errors);
    }
}
