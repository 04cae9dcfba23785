using System.Text.Json;

namespace P2PChat.Tests.Bench;

/// <summary>The rows of P2PChat.Bench that need nothing special.</summary>
internal static class BenchRows
{
    /// <param name="half">0 or 1: every other row.</param>
    public static async Task ProduceFiniteFiguresAsync(int half)
    {
        // PageSpeedTests runs the row "page" while nothing else runs, NatBenchTests the row "nat" as root, and
        // StunBenchTests the row "stun", which needs coturn.
        var rows = (await AllAsync()).Where(row => row is not ("page" or "nat" or "stun")).ToList();
        Assert.True(rows.Count >= 12, string.Join(", ", rows));
        rows = [.. rows.Where((_, index) => index % 2 == half)];
        var json = Path.GetTempFileName();
        try
        {
            // Whether an aim is met depends on the load of the machine. Those of files are met by far, so a run at full
            // size checks them.
            var (exitCode, output, errors) = await BenchProgram.RunAsync([
                "paths",
                "--json",
                json,
                .. rows,
                .. BenchProgram.IsFull ? [] : (string[])["--quick"],
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

            if (BenchProgram.IsFull)
            {
                Assert.DoesNotContain(output.Split('\n'), line =>
                    line.StartsWith("| file", StringComparison.Ordinal) && line.Contains("missed")
                );
            }
        }
        finally
        {
            File.Delete(json);
        }
    }

    public static async Task<List<string>> AllAsync()
    {
        var (exitCode, output, _) = await BenchProgram.RunAsync("list");
        Assert.Equal(0, exitCode);
        return
        [
            .. output.Split('\n').Where(line => line.Length > 0 && line[0] != ' ').Select(line => line.Split(' ')[0]),
        ];
    }
}
