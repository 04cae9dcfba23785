namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of one day, under one heading.</summary>
/// <param name="Key">Stays the same while messages are added before and after.</param>
/// <param name="Name">The heading.</param>
public sealed record MessageDay(string Key, string Name, IReadOnlyList<MessageRow> Rows)
{
    internal static IReadOnlyList<MessageDay> Of(IReadOnlyList<MessageRow> rows)
    {
        var days = new List<MessageDay>();
        for (var from = 0; from < rows.Count; )
        {
            var name = rows[from].Day
                ?? throw new ArgumentException("The first row of a day must have its name.", nameof(rows));
            var to = from + 1;
            while (to < rows.Count && rows[to].Day is null)
            {
                to++;
            }
            // If the two clocks differ, a day may appear again after the next one.
            var before = days.Count(day => day.Name == name);
            days.Add(
                new MessageDay(before == 0 ? name : $"{name} {before + 1}", name, [.. rows.Skip(from).Take(to - from)])
            );
            from = to;
        }

        return days;
    }
}
