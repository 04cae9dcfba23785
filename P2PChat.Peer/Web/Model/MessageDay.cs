using System.Globalization;

namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of one day, under one heading.</summary>
/// <param name="Key">Stays the same while messages are added before and after.</param>
/// <param name="Date">The heading, in the page's time zone.</param>
public sealed record MessageDay<TRow>(string Key, DateOnly Date, IReadOnlyList<TRow> Rows);

/// <summary>Divides messages into days.</summary>
internal static class MessageDay
{
    public static IReadOnlyList<MessageDay<MessageRow>> Of(IReadOnlyList<MessageRow> rows) => Of(rows, row => row.Day);

    /// <param name="dayOf">Returns the day that starts with a row; null if it is that of the row before it.</param>
    public static IReadOnlyList<MessageDay<TRow>> Of<TRow>(IReadOnlyList<TRow> rows, Func<TRow, DateOnly?> dayOf)
    {
        var days = new List<MessageDay<TRow>>();
        for (var from = 0; from < rows.Count; )
        {
            var date = dayOf(rows[from])
                ?? throw new ArgumentException("The first row of a day must have its date.", nameof(rows));
            var to = from + 1;
            while (to < rows.Count && dayOf(rows[to]) is null)
            {
                to++;
            }
            // If the two clocks differ, a day may appear again after the next one.
            var before = days.Count(day => day.Date == date);
            days.Add(
                new MessageDay<TRow>(
                    string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd} {before}"),
                    date,
                    [.. rows.Skip(from).Take(to - from)]
                )
            );
            from = to;
        }

        return days;
    }
}
