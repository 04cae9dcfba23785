using System.Globalization;
using P2PChat.Bench.Paths;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench;

/// <summary>What the arguments ask for.</summary>
internal abstract record BenchCommand
{
    private const int MaxRounds = 100;

    private BenchCommand() { }

    public sealed record Help : BenchCommand;

    public sealed record List : BenchCommand;

    /// <param name="Arguments">BenchmarkDotNet's.</param>
    public sealed record Micro(string[] Arguments) : BenchCommand;

    /// <param name="Rows">Ids, in the table's order; all where none was named.</param>
    /// <param name="Rounds">How often in turn.</param>
    /// <param name="Json">A file for the figures; null for none.</param>
    public sealed record Paths(IReadOnlyList<string> Rows, int Rounds, bool Quick, string? Json) : BenchCommand;

    /// <summary>This program started itself; see <see cref="ChildProgram"/>.</summary>
    public sealed record Child(string Kind, string[] Arguments) : BenchCommand;

    public sealed record Invalid(string Sentence) : BenchCommand;

    public static BenchCommand Parse(string[] arguments) =>
        arguments switch
        {
            [] => new Invalid("Say what to do."),
            ["--help" or "-h" or "help", ..] => new Help(),
            ["list"] => new List(),
            ["list", var more, ..] => new Invalid($"'list' takes no '{more}'."),
            ["micro", .. var rest] => new Micro(rest),
            ["paths", .. var rest] => ParsePaths(rest),
            [ChildProgram.Command, var kind, .. var rest] => new Child(kind, rest),
            [var other, ..] => new Invalid($"There is no command '{other}'."),
        };

    private static BenchCommand ParsePaths(string[] arguments)
    {
        var rows = new List<string>();
        int? rounds = null;
        var quick = false;
        string? json = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--help" or "-h":
                    return new Help();
                case "--quick":
                    quick = true;
                    break;
                case "--rounds":
                    if (
                        ++i == arguments.Length
                        || !int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        || number is < 1 or > MaxRounds
                    )
                    {
                        return new Invalid($"'--rounds' wants a number from 1 to {MaxRounds}.");
                    }

                    rounds = number;
                    break;
                case "--json":
                    if (++i == arguments.Length || arguments[i].StartsWith('-'))
                    {
                        return new Invalid("'--json' wants a file.");
                    }

                    json = arguments[i];
                    break;
                case ['-', ..] option:
                    return new Invalid($"'paths' has no option '{option}'.");
                case var row when PathRows.Ids.Contains(row):
                    rows.Add(row);
                    break;
                case var unknown:
                    return new Invalid($"There is no row '{unknown}': 'list' shows them.");
            }
        }

        return new Paths(
            [.. PathRows.Ids.Where(id => rows.Count == 0 || rows.Contains(id))],
            rounds ?? (quick ? 1 : 5),
            quick,
            json
        );
    }
}
