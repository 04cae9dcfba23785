namespace P2PChat.Protocol.Identity;

/// <summary>
/// Luhn mod N check character, N = 32, over the base32 alphabet. Detects every single wrong character and nearly all
/// swaps of adjacent characters.
/// </summary>
internal static class CheckDigit
{
    public static char Compute(ReadOnlySpan<char> text)
    {
        var factor = 2;
        var sum = 0;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            var addend = factor * Base32.Alphabet.IndexOf(text[i], StringComparison.Ordinal);
            sum += addend / 32 + addend % 32;
            factor = 3 - factor;
        }

        return Base32.Alphabet[(32 - sum % 32) % 32];
    }
}
