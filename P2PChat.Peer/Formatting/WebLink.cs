using System.Buffers;
using System.Globalization;
using System.Text;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Peer.Formatting;

/// <summary>
/// Recognizes an http or https URL at the start of a text. Excludes what follows it, such as the end of a sentence, an
/// unmatched bracket, quotation marks or emoji. International URLs (RFC 3987) are kept whole.
/// </summary>
internal static class WebLink
{
    private const string Openers = "([{";
    private const string Closers = ")]}";

    // Punctuation that some scripts use within words. Between two letters it belongs to the URL.
    private const string InWords = "’·‧・･״׳་";

    private static readonly SearchValues<char> AfterHost = SearchValues.Create("/?#\\");

    /// <param name="text">A text without white space that starts with a scheme and <c>://</c>.</param>
    /// <param name="before">The preceding character; NUL if there is none.</param>
    /// <returns>The link and its length in the text; null if it is not a URL.</returns>
    public static (TextPart.Link Link, int Length)? Read(string text, char before)
    {
        ArgumentNullException.ThrowIfNull(text);
        var host = HostIn(text);
        var end = TrimmedEnd(text, host, EndOf(text, host, before));
        return Link(text[..end], host) is { } link ? (link, end) : null;
    }

    /// <summary>Reads a text that may be a URL as a whole.</summary>
    /// <param name="text">A text without white space.</param>
    /// <returns>Null if it is not an http or https URL.</returns>
    public static TextPart.Link? Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return StartsWithScheme(text) && SafeText.Show(text) == text ? Link(text, HostIn(text)) : null;
    }

    private static int HostIn(string text) => text.IndexOf("://", StringComparison.Ordinal) + 3;

    private static TextPart.Link? Link(string text, int host)
    {
        var afterHost = text.AsSpan(host).IndexOfAny(AfterHost);
        var rest = afterHost < 0 ? text.Length : host + afterHost;
        if (Parse(text[..host], text[host..rest], text[rest..]) is not { } url)
        {
            return null;
        }

        if (Ascii.IsValid(text.AsSpan(host, rest - host)))
        {
            return new TextPart.Link(url.AbsoluteUri, text);
        }
        // Letters of different scripts can look alike, so the host is shown as the resolver sees it.
        return
            Parse($"{url.Scheme}://", url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}", text[rest..])
                is { } ascii
            && Ascii.IsValid(ascii.Host)
            ? new TextPart.Link(
                ascii.AbsoluteUri,
                $"{ascii.Scheme}://{ascii.Authority}{(rest == text.Length ? "/" : text[rest..])}"
            )
            : null;
    }

    // .NET without ICU would encode a decomposed letter as it is, which gives a different host name.
    private static Uri? Parse(string scheme, string host, string rest) =>
        Uri.TryCreate(
            $"{scheme}{(Ascii.IsValid(host) ? host : Decompositions.Recompose(host))}{rest}",
            UriKind.Absolute,
            out var url
        )
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0
        && UriHost.IsValid(url)
            ? url
            : null;

    private static int EndOf(string text, int from, char before)
    {
        Span<int> open = stackalloc int[Openers.Length];
        for (var i = from; i < text.Length; i++)
        {
            var c = text[i];
            if (Openers.IndexOf(c) is var opener and >= 0)
            {
                open[opener]++;
            }
            else if (Closers.IndexOf(c) is var closer and >= 0 && --open[closer] < 0)
            {
                return i;
            }
            else if (
                (c is ',' or ';' or '|' && StartsWithScheme(text.AsSpan(i + 1)))
                // The end of a spoiler.
                || (c is '|' && i + 1 < text.Length && text[i + 1] is '|')
            )
            {
                return i;
            }
            else if (
                !char.IsAscii(c)
                && !IsWordCharacter(text, i)
                && (!IsInWord(text, i) || (c == '’' && before == '‘'))
            )
            {
                return i;
            }
            else if (char.IsHighSurrogate(c))
            {
                i++;
            }
        }

        return text.Length;
    }

    private static int TrimmedEnd(string text, int from, int end)
    {
        while (end > from)
        {
            var c = text[end - 1];
            if (
                c is '.' or ',' or ';' or ':' or '!' or '?' or '\'' or '*' or '_' or '~' or '|'
                || Openers.Contains(c)
                || (!char.IsAscii(c) && char.GetUnicodeCategory(c) == UnicodeCategory.DashPunctuation)
            )
            {
                end--;
            }
            // A possessive 's after a URL.
            else if (c is 's' && end - 2 > from && text[end - 2] is '\'' or '’')
            {
                end -= 2;
            }
            else
            {
                break;
            }
        }

        return end;
    }

    private static bool StartsWithScheme(ReadOnlySpan<char> text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool IsInWord(string text, int index) =>
        InWords.Contains(text[index])
        && index + 1 < text.Length
        && IsLetter(text[index - 1])
        && IsLetter(text[index + 1]);

    private static bool IsLetter(char c) =>
        char.IsLetterOrDigit(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Letters, marks, digits and dashes, but no quotation marks, brackets or emoji. Format characters join letters.
    private static bool IsWordCharacter(string text, int index) =>
        CharUnicodeInfo.GetUnicodeCategory(text, index)
            is <= UnicodeCategory.OtherNumber
                or UnicodeCategory.Format
                or UnicodeCategory.DashPunctuation
                or UnicodeCategory.ConnectorPunctuation;
}
