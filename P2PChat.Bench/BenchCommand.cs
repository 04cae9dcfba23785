using System.Globalization;
using P2PChat.Bench.Paths;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench;

/// <summary>The parsed command line.</summary>
internal abstract record BenchCommand
{
    private const int MaxRounds = 100;

    private BenchCommand() { }

    public sealed record Help : BenchCommand;

    public sealed record List : BenchCommand;

    /// <param name="Arguments">Passed to BenchmarkDotNet.</param>
    public sealed record Micro(string[] Arguments) : BenchCommand;

    /// <param name="Rows">Row ids, in the order of the table; all rows if none was named.</param>
    /// <param name="Rounds">The number of rounds, each of which measures the row and then its floor.</param>
    /// <param name="Quick">Whether to do a small amount of work per row.</param>
    /// <param name="Json">A file to write the figures to; null to write none.</param>
    public sealed record Paths(IReadOnlyList<string> Rows, int Rounds, bool Quick, string? Json) : BenchCommand;

    /// <summary>A child process started by this program; see <see cref="ChildProgram"/>.</summary>
    public sealed record Child(string Kind, string[] Arguments) : BenchCommand;

    public sealed record Invalid(string Message) : BenchCommand;

    public static BenchCommand Parse(string[] arguments) =>
        arguments switch
        {
            [] => new Invalid("A command is required."),
            ["--help" or "-h" or "help", ..] => new Help(),
            ["list"] => new List(),
            ["list", var more, ..] => new Invalid($"Unexpected argument '{more}' for 'list'."),
            ["micro", .. var rest] => new Micro(rest),
            ["paths", .. var rest] => ParsePaths(rest),
            [ChildProgram.Command, var kind, .. var rest] => new Child(kind, rest),
            [var other, ..] => new Invalid($"Unknown command '{other}'."),
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
                        return new Invalid($"'--rounds' requires a number from 1 to {MaxRounds}.");
                    }

                    rounds = number;
                    break;
                case "--json":
                    if (++i == arguments.Length || arguments[i].StartsWith('-'))
                    {
                        return new Invalid("'--json' requires a file.");
                    }

                    json = arguments[i];
                    break;
                case ['-', ..] option:
                    return new Invalid($"Unknown option '{option}' for 'paths'.");
                case var row when PathRows.Ids.Contains(row):
                    rows.Add(row);
                    break;
                case var unknown:
                    return new Invalid($"Unknown row '{unknown}'. Use 'list' to see all rows.");
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
