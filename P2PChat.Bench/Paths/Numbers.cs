using System.Globalization;

namespace P2PChat.Bench.Paths;

/// <summary>Medians, percentiles and number formatting.</summary>
internal static class Numbers
{
    public static double Median(IEnumerable<double> values) => Percentile([.. values], 50);

    /// <summary>The percentile by the nearest-rank method.</summary>
    /// <param name="values">The values in any order; sorted in place.</param>
    /// <param name="percent">From 0 to 100.</param>
    public static double Percentile(double[] values, double percent)
    {
        if (values.Length == 0)
        {
            throw new ArgumentException("At least one value is required.", nameof(values));
        }

        Array.Sort(values);
        var rank = (int)Math.Ceiling(percent / 100 * values.Length);
        return values[Math.Clamp(rank, 1, values.Length) - 1];
    }

    /// <summary>Formats with three significant digits: <c>0.123</c>, <c>12.3</c>, <c>1,230</c>.</summary>
    public static string Short(double value) =>
        Math.Abs(value) switch
        {
            0 => "0",
            >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
            >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
            _ => value.ToString("0.###", CultureInfo.InvariantCulture),
        };
}
