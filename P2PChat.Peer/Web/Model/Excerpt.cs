using System.Text.RegularExpressions;
using P2PChat.Node.Storage.Search;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Web.Model;

/// <summary>A piece of a search result.</summary>
/// <param name="IsMatch">Whether it matches the search words.</param>
public sealed record ExcerptPart(string Text, bool IsMatch);

/// <summary>Cuts the first search match and its surroundings out of a message, without formatting.</summary>
public static partial class Excerpt
{
    private const int Before = 60;
    private const int Length = 220;
    private const int LongestWord = 40;

    public static IReadOnlyList<ExcerptPart> Of(string text, string words)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(words);
        text = MessageText.Flatten(text);
        var hits = SearchQuery.Parse(words).Hits(text);
        var start = hits.Count > 0 ? StartOfWord(text, Math.Max(0, hits[0].Start - Before)) : 0;
        var end = Math.Min(text.Length, start + Length);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
        {
            end--;
        }

        var parts = new List<ExcerptPart>();
        var at = start;
        foreach (var hit in hits.TakeWhile(hit => hit.Start < end))
        {
            Add(at, hit.Start, isMatch: false);
            at = Math.Min(hit.End, end);
            Add(hit.Start, at, isMatch: true);
        }

        Add(at, end, isMatch: false);
        if (start > 0)
        {
            parts.Insert(0, new ExcerptPart("… ", IsMatch: false));
        }

        if (end < text.Length)
        {
            parts.Add(new ExcerptPart(" …", IsMatch: false));
        }

        return parts;

        void Add(int from, int to, bool isMatch)
        {
            if (to > from)
            {
                parts.Add(new ExcerptPart(LineEnds().Replace(text[from..to], " "), isMatch));
            }
        }
    }

    /// <summary>Splits a whole text, as it is shown, into what matches and what does not.</summary>
    public static IReadOnlyList<ExcerptPart> Split(string text, string words)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<ExcerptPart>();
        var at = 0;
        foreach (var (start, end) in SearchQuery.Parse(words).Hits(text))
        {
            if (start > at)
            {
                parts.Add(new ExcerptPart(text[at..start], IsMatch: false));
            }

            parts.Add(new ExcerptPart(text[start..end], IsMatch: true));
            at = end;
        }

        if (at < text.Length)
        {
            parts.Add(new ExcerptPart(text[at..], IsMatch: false));
        }

        return parts;
    }

    /// <summary>Returns where the last match in a text ends; 0 if there is none.</summary>
    public static int EndOfLastHit(string text, string words) =>
        SearchQuery.Parse(words).Hits(text) is [.., var last] ? last.End : 0;

    private static int StartOfWord(string text, int index)
    {
        var space = text.AsSpan(0, index).LastIndexOfAny(' ', '\n', '\u3000');
        if (index - space <= LongestWord)
        {
            return space + 1;
        }
        // Not every script puts spaces between words.
        return index > 0 && char.IsLowSurrogate(text[index]) ? index - 1 : index;
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex LineEnds();
}
