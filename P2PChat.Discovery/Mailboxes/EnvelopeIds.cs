using System.Globalization;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>Checks the parameters of calls that list or delete envelopes.</summary>
internal static class EnvelopeIds
{
    // The stores write ids as 16 digits.
    private const int Length = 16;

    /// <exception cref="ProblemException">A parameter is out of range.</exception>
    public static void CheckPage(string? after, int? limit, int maxLimit)
    {
        if (limit is < 1 || limit > maxLimit)
        {
            throw new ProblemException(
                Problems.Malformed(string.Create(CultureInfo.InvariantCulture, $"limit= takes 1 to {maxLimit}."))
            );
        }

        if (after is not null && !IsId(after))
        {
            throw new ProblemException(Problems.Malformed("after= takes the value of next from the previous page."));
        }
    }

    /// <exception cref="ProblemException">There are no ids, too many, or malformed ones.</exception>
    public static string[] Parse(string? ids, int max)
    {
        var read = ids?.Split(',') ?? [];
        return read.Length > 0 && read.Length <= max && read.All(IsId)
            ? read
            : throw new ProblemException(
                Problems.Malformed(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"ids= takes 1 to {max} envelope ids, separated by commas."
                    )
                )
            );
    }

    private static bool IsId(string text) => text.Length == Length && text.All(char.IsAsciiDigit);
}
