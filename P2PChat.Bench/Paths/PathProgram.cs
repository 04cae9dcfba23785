using System.Diagnostics;
using System.Globalization;

namespace P2PChat.Bench.Paths;

/// <summary>Runs the rows one after the other and prints the figures.</summary>
internal static class PathProgram
{
    public static async Task<int> RunAsync(BenchCommand.Paths command)
    {
        var effort = new Effort(command.Quick);
        var results = new List<FigureResult>();
        var failed = false;
        foreach (var id in command.Rows)
        {
            var started = Stopwatch.GetTimestamp();
            await Console.Error.WriteAsync($"{id} ... ");
            try
            {
                var row = await RunAsync(PathRows.Create(id), effort, command.Rounds);
                results.AddRange(row);
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                var figures = string.Join(", ", row.Select(Report.Short));
                await Console.Error.WriteLineAsync(
                    string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s: {figures}")
                );
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                failed = true;
                await Console.Error.WriteLineAsync($"failed: {exception}");
            }
        }

        await Console.Out.WriteAsync(Report.Table(results));
        if (command.Json is { } file)
        {
            await File.WriteAllTextAsync(file, Report.Json(results));
        }

        return failed || results.Any(result => !result.IsFinite) ? ExitCodes.Failure : ExitCodes.Success;
    }

    private static async Task<IReadOnlyList<FigureResult>> RunAsync(PathRow row, Effort effort, int rounds)
    {
        await using var _ = row;
        await row.OpenAsync(effort);
        var measured = new List<Sample[]>();
        var floors = new List<Sample?[]>();
        for (var round = 0; round < row.Rounds(rounds); round++)
        {
            measured.Add(await row.MeasureAsync());
            floors.Add(await row.FloorAsync());
        }

        return
        [
            .. row.Figures.Select(
                (figure, i) =>
                    new FigureResult(
                        row.Id,
                        figure,
                        [.. measured.Select(samples => samples[i])],
                        [.. floors.Select(samples => samples[i])]
                    )
            ),
        ];
    }
}
