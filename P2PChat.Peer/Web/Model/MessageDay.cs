using System.Globalization;

namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of one day, under one heading.</summary>
/// <param name="Key">Stays the same while messages are added before and after.</param>
/// <param name="Date">The heading, in the page's time zone.</param>
public sealed record MessageDay(string Key, DateOnly Date, IReadOnlyList<MessageRow> Rows)
{
    internal static IReadOnlyList<MessageDay> Of(IReadOnlyList<MessageRow> rows)
    {
        var days = new List<MessageDay>();
        for (var from = 0; from < rows.Count; )
        {
            var date = rows[from].Day
                ?? throw new ArgumentException("The first row of a day must have its date.", nameof(rows));
            var to = from + 1;
            while (to < rows.Count && rows[to].Day is null)
            {
                to++;
            }
            // If the two clocks differ, a day may appear again after the next one.
            var before = days.Count(day => day.Date == date);
            days.Add(
                new MessageDay(
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
