using System.Net;
using System.Text.RegularExpressions;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Web;

/// <summary>The page's files are next to the program and do not depend on where it is started.</summary>
public sealed partial class PageFilesTests
{
    [Fact]
    public async Task Page_files_are_found_from_any_working_directory()
    {
        await using var directory = await TestDirectory.StartAsync();
        using var data = new TempDirectory();
        using var elsewhere = new TempDirectory();
        // Neither of these files may be used.
        Directory.CreateDirectory(Path.Combine(elsewhere.Path, "wwwroot"));
        await File.WriteAllTextAsync(Path.Combine(elsewhere.Path, "wwwroot", "base.css"), "another's");
        await File.WriteAllTextAsync(
            Path.Combine(elsewhere.Path, "appsettings.json"),
            """{"Peer":{"Username":"another"}}"""
        );
        await using var program = PeerProgram.StartByShell(
            $"cd '{elsewhere.Path}' && exec $PEER away --discovery {directory.Url} --data '{data.Path}' --no-console"
        );
        var link = await WebLinks.OfAsync(data.Path);
        using var browser = new PlainBrowser("away.localhost")
        {
            Address = new UriBuilder(link) { Host = "127.0.0.1" }.Uri,
        };
        using var signedIn = await browser.GetAsync(link.PathAndQuery);

        using var page = await browser.GetAsync("/");
        var files = PageFile()
            .Matches(await page.Content.ReadAsStringAsync())
            .Select(match => match.Groups["path"].Value)
            .Distinct()
            .ToList();

        Assert.InRange(files.Count, 5, 20);
        foreach (var path in files)
        {
            using var file = await browser.GetAsync($"/{path.TrimStart('/')}");
            Assert.Equal((path, HttpStatusCode.OK), (path, file.StatusCode));
            Assert.NotEqual("another's", await file.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Peer_writes_nothing_to_the_home_directory()
    {
        await using var directory = await TestDirectory.StartAsync();
        using var data = new TempDirectory();
        using var home = new TempDirectory();
        await using var program = PeerProgram.StartByShell(
            $"exec $PEER away --discovery {directory.Url} --data '{data.Path}' --no-console",
            new Dictionary<string, string> { ["HOME"] = home.Path }
        );
        var link = await WebLinks.OfAsync(data.Path);
        using var browser = new PlainBrowser("away.localhost")
        {
            Address = new UriBuilder(link) { Host = "127.0.0.1" }.Uri,
        };

        using var signedIn = await browser.GetAsync(link.PathAndQuery);
        using var page = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.Path, "*", SearchOption.AllDirectories));
    }

    [GeneratedRegex("(?:href|src)=\"(?<path>[^\"]+\\.(?:css|js|svg))\"")]
    private static partial Regex PageFile();
}
