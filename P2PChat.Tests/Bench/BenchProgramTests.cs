using System.Text.Json;

namespace P2PChat.Tests.Bench;

/// <summary>
/// Runs the program P2PChat.Bench. <c>P2PCHAT_BENCH=full</c> measures at full size, which takes ten minutes.
/// </summary>
public sealed class BenchProgramTests
{
    private static bool IsFull => BenchProgram.IsFull;

    [Theory]
    [InlineData("")]
    [InlineData("hurry")]
    [InlineData("list register")]
    [InlineData("paths nothing")]
    [InlineData("paths --rounds")]
    [InlineData("paths --rounds 0")]
    [InlineData("paths --json")]
    [InlineData("paths --slowly")]
    public async Task Bad_arguments_print_an_error_and_the_usage_and_exit_with_2(string arguments)
    {
        var (exitCode, output, errors) = await BenchProgram.RunAsync(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("usage:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_list_of_rows_are_printed()
    {
        var (exitCode, output, _) = await BenchProgram.RunAsync("--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("paths [row...]", output, StringComparison.Ordinal);
        foreach (var row in await RowsAsync())
        {
            Assert.DoesNotContain(' ', row);
        }
    }

    // In two halves, so that neither takes minutes on a busy machine.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Each_row_produces_finite_figures(int half)
    {
        // PageSpeedTests runs the row "page" while nothing else runs, NatBenchTests the row "nat" as root, and
        // StunBenchTests the row "stun", which needs coturn.
        var rows = (await RowsAsync()).Where(row => row is not ("page" or "nat" or "stun")).ToList();
        Assert.True(rows.Count >= 12, string.Join(", ", rows));
        rows = [.. rows.Where((_, index) => index % 2 == half)];
        var json = Path.GetTempFileName();
        try
        {
            // Whether an aim is met depends on the load of the machine, so a test does not check it.
            var (exitCode, output, errors) = await BenchProgram.RunAsync([
                "paths",
                "--json",
                json,
                .. rows,
                .. IsFull ? [] : (string[])["--quick"],
            ]);
            Assert.True(exitCode == 0, $"{output}\n{errors}");

            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var figures = document.RootElement.EnumerateArray().ToList();
            Assert.Equal(rows, figures.Select(figure => figure.GetProperty("row").GetString()!).Distinct());
            foreach (var figure in figures)
            {
                Assert.True(double.IsFinite(figure.GetProperty("measured").GetDouble()));
                if (figure.GetProperty("aim").GetString()!.EndsWith('×'))
                {
                    Assert.True(double.IsFinite(figure.GetProperty("ratio").GetDouble()));
                }

                Assert.Contains($"| {figure.GetProperty("row").GetString()} ", output, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(json);
        }
    }

    private static async Task<List<string>> RowsAsync()
    {
        var (exitCode, output, _) = await BenchProgram.RunAsync("list");
        Assert.Equal(0, exitCode);
        return
        [
            .. output.Split('\n').Where(line => line.Length > 0 && line[0] != ' ').Select(line => line.Split(' ')[0]),
        ];
    }
}
