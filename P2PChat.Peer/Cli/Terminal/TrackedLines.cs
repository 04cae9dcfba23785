using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Remembers where messages stand above the prompt, to redraw them when their state changes. Forgets them once their
/// place is uncertain: after a resize, or after another program had the terminal. Not thread-safe.
/// </summary>
internal sealed class TrackedLines
{
    // No terminal shows more rows.
    private const int MaxTracked = 500;

    private readonly List<Tracked> _tracked = [];
    private (int Width, int Height) _size;
    private long _printed;

    /// <summary>Counts rows that were printed above the prompt.</summary>
    public void Printed(int rows) => _printed += rows;

    /// <summary>Forgets all lines.</summary>
    public void Forget() => _tracked.Clear();

    /// <summary>Forgets all lines if the size of the terminal has changed.</summary>
    public void Resized((int Width, int Height) size)
    {
        if (size != _size)
        {
            _size = size;
            Forget();
        }
    }

    /// <summary>Tracks the rows that were printed last.</summary>
    public void Add(object id, IReadOnlyList<string> rows, Func<object, int, IReadOnlyList<string>> draw)
    {
        if (_tracked.Count == MaxTracked)
        {
            _tracked.RemoveAt(0);
        }

        _tracked.Add(new Tracked(id, _printed - rows.Count, rows, draw));
    }

    /// <summary>Redraws a line in its place.</summary>
    /// <param name="above">The rows between the last printed row and the cursor.</param>
    /// <param name="below">The rows below the cursor.</param>
    /// <param name="column">The column of the cursor, from 0.</param>
    /// <returns>The escape sequences; null if there is nothing to draw, or its place is no longer known.</returns>
    public string? Update(object id, object state, int above, int below, int column)
    {
        var index = _tracked.FindIndex(tracked => tracked.Id.Equals(id));
        if (index < 0)
        {
            return null;
        }

        var tracked = _tracked[index];
        var up = _printed - tracked.First + above;
        var rows = tracked.Draw(state, _size.Width);
        if (up + 1 + below > _size.Height || rows.Count != tracked.Rows.Count)
        {
            _tracked.RemoveAt(index);
            return null;
        }

        _tracked[index] = tracked with { Rows = rows };
        var drawn = new StringBuilder();
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row] != tracked.Rows[row])
            {
                // CUU, EL, CUD (ECMA-48).
                _ = drawn.Append(CultureInfo.InvariantCulture, $"\r\e[{up - row}A{rows[row]}\e[K\r\e[{up - row}B");
            }
        }

        if (drawn.Length > 0 && column > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{column}C");
        }

        return drawn.Length > 0 ? drawn.ToString() : null;
    }

    /// <param name="First">The number of its first row, counted from the start of the session.</param>
    private sealed record Tracked(
        object Id,
        long First,
        IReadOnlyList<string> Rows,
        Func<object, int, IReadOnlyList<string>> Draw
    );
}
