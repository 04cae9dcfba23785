using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

public sealed class ChromiumTests
{
    [Fact]
    public void Chrome_is_taken_before_a_chromium_wherever_each_is()
    {
        using var first = new TempDirectory();
        using var second = new TempDirectory();
        var chromium = Path.Combine(first.Path, "chromium");
        var chrome = Path.Combine(second.Path, "google-chrome");
        var path = $"{first.Path}{Path.PathSeparator}{second.Path}";

        var ofNone = Chromium.Find(path);
        File.WriteAllText(chromium, "");
        var ofOne = Chromium.Find(path);
        File.WriteAllText(chrome, "");

        Assert.Null(ofNone);
        Assert.Equal(chromium, ofOne);
        Assert.Equal(chrome, Chromium.Find(path));
    }
}
