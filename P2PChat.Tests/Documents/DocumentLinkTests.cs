using System.Text.RegularExpressions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Documents;

/// <summary>Checks that the documents point to files, folders and headings that exist.</summary>
public sealed partial class DocumentLinkTests
{
    private static readonly string Root = Path.GetDirectoryName(RepositoryFile.PathOf("P2PChat.sln"))!;

    private static IEnumerable<string> Documents =>
        [
            .. Directory.EnumerateFiles(Root, "*.md"),
            .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories),
        ];

    [Fact]
    public void Links_lead_to_existing_files_and_headings()
    {
        var broken =
            from document in Documents
            from Match match in Link().Matches(File.ReadAllText(document))
            let link = match.Groups["target"].Value
            where !link.StartsWith("http", StringComparison.Ordinal) && !Exists(document, link)
            select $"{Path.GetRelativePath(Root, document)}: {link}";

        AssertNone(broken);
    }

    [Fact]
    public void Paths_into_projects_exist()
    {
        var missing =
            from document in Documents
            from Match match in ProjectPath().Matches(File.ReadAllText(document))
            let path = match.Groups["path"].Value
            where !Path.Exists(Path.Combine(Root, path))
            select $"{Path.GetRelativePath(Root, document)}: {path}";

        AssertNone(missing);
    }

    private static void AssertNone(IEnumerable<string> problems) =>
        Assert.True(!problems.Any(), string.Join('\n', problems));

    private static bool Exists(string document, string link)
    {
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, "");
        var target = path.Length == 0 ? document : Path.GetFullPath(path, Path.GetDirectoryName(document)!);
        return Path.Exists(target) && (anchor.Length == 0 || Anchors(target).Contains(anchor));
    }

    /// <summary>The anchors that GitHub gives the headings of a document.</summary>
    private static HashSet<string> Anchors(string document) =>
        [
            .. Heading()
                .Matches(File.ReadAllText(document))
                .Select(match =>
                    NotInAnchor().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')
                ),
        ];

    [GeneratedRegex("""\]\((?<target>[^)\s]+)\)|src="(?<target>[^"]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<path>P2PChat\\.[A-Za-z]+(/[\\w.-]+)+)`")]
    private static partial Regex ProjectPath();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
