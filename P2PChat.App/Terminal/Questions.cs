namespace P2PChat.App.Terminal;

/// <summary>
/// Asks the user before the peer's console opens. Questions go to standard error, so that output stays clean.
/// </summary>
internal static class Questions
{
    /// <summary>Whether somebody can answer.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Asks for yes or no. Only an explicit yes counts.</summary>
    public static bool AskYesNo(string question) =>
        Ask($"{question} [y/N] ") is { } answer
        && answer.Trim() is var word
        && (
            word.Equals("y", StringComparison.OrdinalIgnoreCase)
            || word.Equals("yes", StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>Asks for a line.</summary>
    /// <returns>Null at the end of input.</returns>
    public static string? Ask(string question)
    {
        Console.Error.Write(question);
        return Console.ReadLine();
    }
}
