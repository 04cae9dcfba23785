using System.Text.RegularExpressions;
using P2PChat.Peer.Console;

namespace P2PChat.Peer.Web.Model;

/// <summary>A piece of a message that was found.</summary>
/// <param name="IsHit">Whether it is what was looked for.</param>
public sealed record ExcerptPart(string Text, bool IsHit);

/// <summary>Cuts out of a message what was looked for, and what stands around it.</summary>
public static partial class Excerpt
{
    private const int Before = 60;
    private const int Length = 220;

    public static IReadOnlyList<ExcerptPart> Of(string text, string words)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(words);
        var sought = Word().Matches(words).Select(match => match.Value).ToArray();
        var hits = Word().Matches(text).Where((match) => IsHit(match.Value, sought)).ToList();
        var begin = hits.Count > 0 ? BeginOfWord(text, Math.Max(0, hits[0].Index - Before)) : 0;
        var end = Math.Min(text.Length, begin + Length);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
            end--;

        var parts = new List<ExcerptPart>();
        var at = begin;
        foreach (var hit in hits.TakeWhile(hit => hit.Index + hit.Length <= end))
        {
            Add(at, hit.Index, isHit: false);
            Add(hit.Index, hit.Index + hit.Length, isHit: true);
            at = hit.Index + hit.Length;
        }

        Add(at, end, isHit: false);
        if (begin > 0)
            parts.Insert(0, new ExcerptPart("… ", IsHit: false));
        if (end < text.Length)
            parts.Add(new ExcerptPart(" …", IsHit: false));
        return parts;

        void Add(int from, int to, bool isHit)
        {
            if (to > from)
                parts.Add(new ExcerptPart(SafeText.Show(LineEnds().Replace(text[from..to], " ")), isHit));
        }
    }

    // As the store finds them: whole words, and of the last one the beginning.
    private static bool IsHit(string word, string[] sought) =>
        sought.Any(one => word.Equals(one, StringComparison.OrdinalIgnoreCase))
        || (sought.Length > 0 && word.StartsWith(sought[^1], StringComparison.OrdinalIgnoreCase));

    private static int BeginOfWord(string text, int index)
    {
        while (index > 0 && index < text.Length && !char.IsWhiteSpace(text[index - 1]))
            index--;
        return index;
    }

    [GeneratedRegex("[\\p{L}\\p{N}]+")]
    private static partial Regex Word();

    [GeneratedRegex("\\s+")]
    private static partial Regex LineEnds();
}
