using System.Globalization;

namespace P2PChat.Tests.Chaos;

/// <summary>Texts that are like no other's: a name of its own, and behind it what makes it long.</summary>
internal static class ChaosText
{
    private const char Filler = '.';

    public static string Of(string from, string to, int number, int length) =>
        $"{from} to {to} {number} ".PadRight(length, Filler);

    /// <summary>Of those from one to another, in their order from 1.</summary>
    public static int NumberOf(string text) => int.Parse(text.Split(' ')[3], CultureInfo.InvariantCulture);

    /// <summary>Only the name.</summary>
    public static string Short(string text) => text.TrimEnd(Filler).TrimEnd();
}
