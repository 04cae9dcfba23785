namespace P2PChat.Node.Model;

/// <summary>Builds parts of sentences.</summary>
public static class Sentence
{
    private const int MaxNames = 5;

    /// <summary>Lists names.</summary>
    /// <returns><c>alice</c>, <c>alice and bob</c>, <c>alice, bob, carol, dave, erin and 7 more</c>.</returns>
    public static string List(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count <= 1)
        {
            return names.Count == 0 ? "nobody" : names[0];
        }

        var shown = names.Count > MaxNames + 1 ? MaxNames : names.Count - 1;
        var last = names.Count > MaxNames + 1 ? $"{names.Count - MaxNames} more" : names[^1];
        return $"{string.Join(", ", names.Take(shown))} and {last}";
    }
}
