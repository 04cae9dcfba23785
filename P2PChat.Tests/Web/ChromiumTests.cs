using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

public sealed class ChromiumTests
{
    [Fact]
    public void Chrome_is_preferred_to_Chromium_anywhere_on_the_path()
    {
        using var first = new TempDirectory();
        using var second = new TempDirectory();
        var chromium = Path.Combine(first.Path, "chromium");
        var chrome = Path.Combine(second.Path, "google-chrome");
        var path = $"{first.Path}{Path.PathSeparator}{second.Path}";

        var withNone = Chromium.Find(path);
        File.WriteAllText(chromium, "");
        var withChromium = Chromium.Find(path);
        File.WriteAllText(chrome, "");

        Assert.Null(withNone);
        Assert.Equal(chromium, withChromium);
        Assert.Equal(chrome, Chromium.Find(path));
    }
}
