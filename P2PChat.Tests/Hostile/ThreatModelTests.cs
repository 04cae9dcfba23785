using System.Text.RegularExpressions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Hostile;

/// <summary>Checks that each <i>cannot</i> of docs/threat-model.md names existing tests.</summary>
public sealed partial class ThreatModelTests
{
    public static TheoryData<string> Claims => [.. Cannots()];

    [Fact]
    public void Each_adversary_has_can_and_cannot_lists()
    {
        var text = Read();
        string[] adversaries =
        [
            "A stranger",
            "A contact",
            "Someone with an invite link",
            "The directory",
            "The network",
            "Another user of the machine",
            "A thief with the disk",
            "A blocked peer",
            "A thief with a backup",
        ];
        foreach (var adversary in adversaries)
        {
            var section = text.Split($"\n## {adversary}\n")[1].Split("\n## ")[0];
            Assert.Contains("\n*can:*\n", section, StringComparison.Ordinal);
            Assert.Contains("\n*cannot:*\n", section, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Claims))]
    public void Each_cannot_names_existing_tests(string claim)
    {
        var names = TestName().Matches(claim);
        Assert.NotEmpty(names);
        foreach (Match name in names)
        {
            var (type, method) = (name.Groups["type"].Value, name.Groups["method"].Value);
            var tests = typeof(ThreatModelTests)
                .Assembly.GetTypes()
                .Where(candidate => candidate.Name == type)
                .SelectMany(candidate => candidate.GetMethods())
                .Where(candidate =>
                    candidate.Name == method && candidate.IsDefined(typeof(FactAttribute), inherit: true)
                );
            Assert.True(tests.Any(), $"test {type}.{method} does not exist");
        }
    }

    private static IEnumerable<string> Cannots()
    {
        foreach (var part in Read().Split("\n*cannot:*\n").Skip(1))
        {
            var list = part.Split("\n## ")[0].Split("\n*can:*\n")[0];
            foreach (var claim in list.Split("\n- ").Skip(1))
            {
                yield return claim.ReplaceLineEndings(" ");
            }
        }
    }

    private static string Read() =>
        File.ReadAllText(RepositoryFile.PathOf("docs/threat-model.md")).ReplaceLineEndings("\n");

    [GeneratedRegex("`(?<type>[A-Za-z]+)\\.(?<method>[A-Za-z_0-9]+)`")]
    private static partial Regex TestName();
}
