using System.Globalization;

namespace P2PChat.Peer.Cli;

/// <summary>The message that a command refers to, by id or by number.</summary>
/// <param name="Id">Null for a number.</param>
/// <param name="Number">Counted back from the newest, which is 1; 0 for an id.</param>
public readonly record struct MessageChoice(Guid? Id, int Number)
{
    /// <summary>The largest number. Older messages need their ids.</summary>
    public const int MaxNumber = 99;

    /// <summary>Refuses the number of one of the user's messages that is deleted.</summary>
    public const string AlreadyDeleted =
        "That message is deleted already, and nothing was changed. For an older one, use a larger number.";

    public static bool TryParse(string text, out MessageChoice choice)
    {
        if (Guid.TryParse(text, out var id))
        {
            choice = new(id, 0);
            return true;
        }

        choice = new(null, 0);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        choice = new(null, number);
        return number is >= 1 and <= MaxNumber;
    }
}
