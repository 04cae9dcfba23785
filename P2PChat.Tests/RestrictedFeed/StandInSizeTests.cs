using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.RestrictedFeed;

public sealed class StandInSizeTests
{
    [Fact]
    public void The_stand_ins_stay_stand_ins()
    {
        var root = Path.GetDirectoryName(RepositoryFile.PathOf("eng/restricted-feed/restricted-feed.targets"))!;
        var built = Path.DirectorySeparatorChar + "obj" + Path.DirectorySeparatorChar;
        var lines = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains(built, StringComparison.Ordinal))
            .Sum(file => File.ReadLines(file).Count());

        Assert.InRange(lines, 1, 1500);
    }
}
