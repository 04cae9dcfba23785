using System.Globalization;

namespace P2PChat.Tests.Chaos;

/// <summary>Unique texts: a name, followed by padding.</summary>
internal static class ChaosText
{
    private const char Filler = '.';

    public static string Of(string from, string to, int number, int length) =>
        $"{from} to {to} {number} ".PadRight(length, Filler);

    /// <summary>Returns the text of a flow's message, numbered from 1.</summary>
    public static int NumberOf(string text) => int.Parse(text.Split(' ')[3], CultureInfo.InvariantCulture);

    /// <summary>Returns only the name.</summary>
    public static string Short(string text) => text.TrimEnd(Filler).TrimEnd();
}
