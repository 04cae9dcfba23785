using System.Text;
using System.Text.Json;

namespace P2PChat.Bench.Paths;

/// <summary>Formats the figures as a Markdown table and as JSON.</summary>
internal static class Report
{
    private static readonly string[] Columns =
    [
        "row",
        "figure",
        "measured",
        "floor",
        "ratio",
        "lowest – highest",
        "CPU ratio",
        "aim",
        "",
    ];
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Table(IReadOnlyList<FigureResult> results)
    {
        var lines = new List<string[]> { Columns };
        lines.AddRange(results.Select(Line));
        var widths = Columns.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            _ = text.Append("| ").AppendJoin(" | ", line.Select((cell, i) => cell.PadRight(widths[i]))).Append(" |\n");
            if (line == Columns)
            {
                _ = text.Append('|').AppendJoin('|', widths.Select(width => new string('-', width + 2))).Append("|\n");
            }
        }

        return text.ToString();
    }

    public static string Json(IReadOnlyList<FigureResult> results) =>
        JsonSerializer.Serialize(
            results.Select(result => new
            {
                result.Row,
                Figure = result.Figure.Name,
                result.Figure.Unit,
                Measured = result.Value,
                result.Floor,
                result.Ratio,
                Lowest = result.Spread?.Low,
                Highest = result.Spread?.High,
                result.CpuRatio,
                Aim = result.Figure.Aim.ToString(),
                Met = result.IsMet,
                Rounds = result.Measured.Zip(result.Floors, (measured, floor) =>
                    new { Measured = measured.Value, Floor = floor?.Value }
                ),
            }),
            Indented
        );

    /// <summary>A short summary of a figure, for progress output.</summary>
    public static string Short(FigureResult result)
    {
        var ratio = result.Ratio is { } value ? $" ({Numbers.Short(value)}×)" : "";
        return $"{result.Figure.Name} {Numbers.Short(result.Value)} {result.Figure.Unit}{ratio}";
    }

    private static string[] Line(FigureResult result) =>
        [
            result.Row,
            result.Figure.Name,
            $"{Numbers.Short(result.Value)} {result.Figure.Unit}",
            result.Floor is { } floor ? $"{Numbers.Short(floor)} {result.Figure.Unit}" : "",
            result.Ratio is { } ratio ? $"{Numbers.Short(ratio)}×" : "",
            result.Spread is { } spread ? $"{Numbers.Short(spread.Low)} – {Numbers.Short(spread.High)}" : "",
            result.CpuRatio is { } cpu ? $"{Numbers.Short(cpu)}×" : "",
            result.Figure.Aim.ToString(),
            result.IsMet ? "met" : "missed",
        ];
}
