using System.Text.RegularExpressions;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Architecture;

/// <summary>Texts that the page can show name no console command, option or configuration key.</summary>
public sealed partial class NeutralTextTests
{
    // Only a terminal shows these: they refuse to start a peer, or to restore one.
    private static readonly string[] OnlyAtStart =
    [
        "P2PChat.Node/Backup/BackupRestorer.cs",
        "P2PChat.Node/Identity/DataDirectory.cs",
        "P2PChat.Node/Identity/OwnerOnly.cs",
        "P2PChat.Node/Links/AdvertisedEndpoints.cs",
    ];

    // Without a signed-in browser there is no page yet, so this one says which command prints the link to it.
    private const string SignIn = "P2PChat.Peer/Web/Components/HowToSignIn.razor";

    [Fact]
    public void Texts_of_the_page_name_no_command_and_no_option()
    {
        var root = Path.GetDirectoryName(RepositoryFile.PathOf("P2PChat.sln"))!;
        var findings = (
            (string[])
                [
                    "P2PChat.Node",
                    "P2PChat.Peer/Api",
                    "P2PChat.Peer/Formatting",
                    "P2PChat.Peer/Web",
                    "P2PChat.Peer/wwwroot",
                ]
        )
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories)
            )
            .Select(file => (Path: file, Name: Path.GetRelativePath(root, file).Replace('\\', '/')))
            .Where(file =>
                Path.GetExtension(file.Name) is ".cs" or ".razor" or ".js"
                && !file.Name.Contains("/obj/", StringComparison.Ordinal)
                && !file.Name.Contains("/bin/", StringComparison.Ordinal)
                && file.Name != SignIn
                && !OnlyAtStart.Contains(file.Name)
            )
            .SelectMany(file =>
                File.ReadLines(file.Path)
                    .Where(line => !Comment().IsMatch(line))
                    .SelectMany(line => TalkIn(line, isMarkup: file.Name.EndsWith(".razor", StringComparison.Ordinal)))
                    .Select(found => $"{file.Name}: {found}")
            );

        Assert.Empty(findings);
    }

    [Theory]
    [InlineData("\"Use 'connect bob' first.\"", "'connect bob'")]
    [InlineData("$\"Use 'trust {name} <key>'.\"", "'trust {name} <key>'")]
    [InlineData("\"'list' shows who is there\"", "'list'")]
    [InlineData("\"Check --discovery.\"", "--discovery")]
    [InlineData("\"Run p2pchat join <link>.\"", "p2pchat join")]
    [InlineData("\"It does not use the relay (Peer:Relay).\"", "Peer:Relay")]
    [InlineData("\"Set Directory__JoinToken.\"", "Directory__JoinToken")]
    public void Commands_and_options_in_texts_are_found(string line, string expected) =>
        Assert.Equal([expected], TalkIn(line, isMarkup: false));

    [Theory]
    [InlineData("\"The word 'hello' is not a command.\"")]
    [InlineData("\"WHERE key = 'identity'\"")]
    [InlineData("count--;")]
    public void Other_quotes_and_dashes_are_not_reported(string line) => Assert.Empty(TalkIn(line, isMarkup: false));

    private static IEnumerable<string> TalkIn(string line, bool isMarkup)
    {
        // In C# and JavaScript, only strings can be shown.
        var texts = isMarkup ? [line] : Literal().Matches(line).Select(match => match.Value);
        return texts.SelectMany(text =>
            Quoted()
                .Matches(text)
                .Where(match => CommandTable.Find(match.Groups["command"].Value) is not null)
                .Concat(Option().Matches(text))
                .Concat(Program().Matches(text))
                .Concat(Key().Matches(text))
                .Select(match => match.Value.Trim())
        );
    }

    [GeneratedRegex(@"^\s*(//|@\*|\*)")]
    private static partial Regex Comment();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?<![\w'])'(?<command>[a-z]+)( [^']*)?'(?!\w)")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<![\w-])--[a-z]+(?![\w-]*:)")]
    private static partial Regex Option();

    [GeneratedRegex(@"\b(Peer|Directory)(:|__)[A-Z]\w+")]
    private static partial Regex Key();

    [GeneratedRegex(@"\bp2pchat (ctl|join|restore|up|web)\b")]
    private static partial Regex Program();
}
