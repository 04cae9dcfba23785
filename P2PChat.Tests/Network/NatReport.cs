using System.Globalization;
using System.Text;

namespace P2PChat.Tests.Network;

/// <summary>Writes results as a table.</summary>
internal static class NatReport
{
    public static string Of(IReadOnlyList<NatResult> results)
    {
        var table = new StringBuilder();
        Row("caller", "callee", "expected", "first path", "after", "last path", "after", "result");
        foreach (var result in results)
        {
            Row(
                result.Pair.Caller,
                result.Pair.Callee,
                result.Pair.Expected,
                result.First,
                Seconds(result.ConnectedAfter),
                result.Last,
                Seconds(result.SettledAfter),
                result.Error ?? "ok"
            );
        }

        var failed = results.Count(result => result.Error is not null);
        return table.AppendLine($"{results.Count - failed} of {results.Count} pairs as expected").ToString();

        void Row(params object?[] cells) =>
            table.AppendFormat(
                CultureInfo.InvariantCulture,
                "{0,-18} {1,-18} {2,-9} {3,-10} {4,7} {5,-9} {6,7} {7}\n",
                [.. cells.Select(cell => cell ?? "-")]
            );
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } value ? value.TotalSeconds.ToString("0.00 s", CultureInfo.InvariantCulture) : "-";
}
