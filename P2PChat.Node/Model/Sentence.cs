using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Builds parts of sentences.</summary>
public static class Sentence
{
    private const int MaxNames = 5;

    /// <summary>Lists names.</summary>
    /// <returns><c>alice</c>, <c>alice and bob</c>, <c>alice, bob, carol, dave, erin and 7 more</c>.</returns>
    public static string List(IReadOnlyList<Username> names)
    {
        if (names.Count <= 1)
        {
            return names.Count == 0 ? "nobody" : names[0].Value;
        }

        var shown = names.Count > MaxNames + 1 ? MaxNames : names.Count - 1;
        var last = names.Count > MaxNames + 1 ? $"{names.Count - MaxNames} more" : names[^1].Value;
        return $"{string.Join(", ", names.Take(shown))} and {last}";
    }
}
