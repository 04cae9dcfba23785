using System.Diagnostics.CodeAnalysis;

namespace P2PChat.Protocol.Identity;

/// <summary>
/// A name in the directory: 3 to 32 of <c>a-z 0-9 - _</c>, starting with a letter or a digit. Converted to lower case,
/// so that no two names differ only by case.
/// </summary>
public readonly record struct Username
{
    public const int MinLength = 3;
    public const int MaxLength = 32;

    /// <summary>Error text for an invalid name.</summary>
    public const string Rule =
        "A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit.";

    private readonly string? _value;

    private Username(string value) => _value = value;

    public string Value => _value ?? "";

    public static bool TryParse([NotNullWhen(true)] string? text, out Username username)
    {
        username = default;
        if (text is null || text.Length is < MinLength or > MaxLength)
        {
            return false;
        }

        // Only ASCII may be converted to lower case: the Kelvin sign must not become 'k'.
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not '-' and not '_')
            {
                return false;
            }
        }

        if (!char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }

        username = new Username(text.ToLowerInvariant());
        return true;
    }

    /// <exception cref="FormatException">The text violates <see cref="Rule"/>.</exception>
    public static Username Parse(string text) =>
        TryParse(text, out var username) ? username : throw new FormatException(Rule);

    public override string ToString() => Value;
}
