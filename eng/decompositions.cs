#:property InvariantGlobalization=false
#:property PublishAot=false

// Writes P2PChat.Node/Storage/Search/decompositions.txt with this machine's ICU. Run it only when Unicode adds letters:
//   dotnet run eng/decompositions.cs > P2PChat.Node/Storage/Search/decompositions.txt
using System.Globalization;
using System.Text;

const int FirstSyllable = 0xAC00,
    LastSyllable = 0xD7A3;
for (var value = 0x80; value <= 0x10FFFF; value++)
{
    // Hangul syllables follow from a formula; symbols and punctuation are not part of words.
    if (!Rune.IsValid(value) || value is >= FirstSyllable and <= LastSyllable)
        continue;
    var rune = new Rune(value);
    var isPartOfWord =
        CharUnicodeInfo.GetUnicodeCategory(value)
        is <= UnicodeCategory.OtherNumber
            and not UnicodeCategory.EnclosingMark;
    var text = rune.ToString();
    if (!isPartOfWord)
        continue;
    var decomposed = text.Normalize(NormalizationForm.FormKD);
    if (decomposed != text)
        Console.WriteLine(
            $"{value:X} {string.Join(' ', decomposed.EnumerateRunes().Select(part => $"{part.Value:X}"))}"
        );
}
