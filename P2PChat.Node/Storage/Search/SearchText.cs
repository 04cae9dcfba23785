using System.Text;

namespace P2PChat.Node.Storage.Search;

/// <summary>A token of the search index.</summary>
/// <param name="First">Index of its first character in the text.</param>
/// <param name="Length">In characters.</param>
/// <param name="IsUnspaced">Whether its script puts no spaces between words.</param>
/// <param name="EndsRun">Whether nothing of such a script follows it.</param>
internal readonly record struct SearchToken(int First, int Length, bool IsUnspaced, bool EndsRun);

/// <summary>
/// Tokenizes a text for the search. In a script with spaces a token is a word. In others (Chinese, Japanese, Korean,
/// Thai, Lao, Khmer, Burmese) each pair of adjacent characters is a token, and so is the last character. Not
/// thread-safe.
/// </summary>
internal sealed class SearchText
{
    // Scripts that put no spaces between words, and Hangul, whose words take endings. In pairs, first and last.
    private static readonly int[] Unspaced =
    [
        0xE00,
        0xEFF,
        0x1000,
        0x109F,
        0x1100,
        0x11FF,
        0x1780,
        0x17FF,
        0x1950,
        0x19DF,
        0x1A20,
        0x1AAF,
        0x2E80,
        0x2FDF,
        0x3005,
        0x3007,
        0x3021,
        0x302F,
        0x3031,
        0x318F,
        0x31A0,
        0x31BF,
        0x31F0,
        0x31FF,
        0x3400,
        0x4DBF,
        0x4E00,
        0x9FFF,
        0xA960,
        0xA97F,
        0xA9E0,
        0xA9FF,
        0xAA60,
        0xAADF,
        0xAC00,
        0xD7FF,
        0xF900,
        0xFAFF,
        0x1AFF0,
        0x1B16F,
        0x20000,
        0x3FFFF,
    ];

    private readonly List<FoldedCharacter> _characters = [];
    private readonly List<SearchToken> _tokens = [];
    private readonly StringBuilder _text = new();

    public IReadOnlyList<SearchToken> Tokens => _tokens;

    /// <summary>Reads another text.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        SearchFolding.Fold(text, _characters);
        _tokens.Clear();
        var begin = 0;
        for (var i = 0; i <= _characters.Count; i++)
        {
            var isUnspaced = begin < i && IsUnspaced(_characters[begin].Value);
            if (
                i < _characters.Count
                && _characters[i].Value != 0
                && (begin == i || IsUnspaced(_characters[i].Value) == isUnspaced)
            )
            {
                continue;
            }

            if (isUnspaced)
            {
                AddPairs(begin, i);
            }
            else if (begin < i)
            {
                _tokens.Add(new SearchToken(begin, i - begin, IsUnspaced: false, EndsRun: true));
            }

            begin = i < _characters.Count && _characters[i].Value == 0 ? i + 1 : i;
        }
    }

    /// <summary>The tokens for the index, each followed by a space.</summary>
    public string Indexed()
    {
        _ = _text.Clear();
        foreach (var token in _tokens)
        {
            Append(token);
            _ = _text.Append(' ');
        }

        return _text.ToString();
    }

    public string TextOf(SearchToken token)
    {
        _ = _text.Clear();
        Append(token);
        return _text.ToString();
    }

    /// <summary>Finds where the first characters of a token begin and end in the text, in UTF-16 units.</summary>
    public (int Start, int End) SourceOf(SearchToken token, int characters) =>
        (_characters[token.First].Start, _characters[token.First + Math.Min(characters, token.Length) - 1].End);

    private void AddPairs(int begin, int end)
    {
        for (var i = begin; i < end; i++)
        {
            _tokens.Add(new SearchToken(i, Math.Min(2, end - i), IsUnspaced: true, EndsRun: i == end - 1));
        }
    }

    private void Append(SearchToken token)
    {
        for (var i = token.First; i < token.First + token.Length; i++)
        {
            var value = _characters[i].Value;
            _ = value <= char.MaxValue ? _text.Append((char)value) : _text.Append(char.ConvertFromUtf32(value));
        }
    }

    private static bool IsUnspaced(int character)
    {
        if (character < Unspaced[0])
        {
            return false;
        }

        for (var i = 0; i < Unspaced.Length; i += 2)
        {
            if (character <= Unspaced[i + 1])
            {
                return character >= Unspaced[i];
            }
        }

        return false;
    }
}
