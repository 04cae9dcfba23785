namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Remembers the lines of a prompt, and recalls them one by one. Not thread-safe.</summary>
internal sealed class LineHistory
{
    private const int Max = 500;

    private readonly List<string> _lines = [];
    private int _index;
    private string _draft = "";

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds a line, unless it is blank or the same as the last one.</summary>
    public void Add(string line)
    {
        if (!string.IsNullOrWhiteSpace(line) && _lines.LastOrDefault() != line)
        {
            _lines.Add(line);
        }

        if (_lines.Count > Max)
        {
            _lines.RemoveAt(0);
        }

        _index = _lines.Count;
        _draft = "";
    }

    /// <summary>Goes to an earlier line (-1) or a later one (1).</summary>
    /// <param name="current">The line being typed, which is kept after the last one.</param>
    /// <returns>Null if there is none.</returns>
    public string? Move(int by, string current)
    {
        var index = _index + by;
        if (index < 0 || index > _lines.Count)
        {
            return null;
        }

        if (_index == _lines.Count)
        {
            _draft = current;
        }

        _index = index;
        return index == _lines.Count ? _draft : _lines[index];
    }
}
