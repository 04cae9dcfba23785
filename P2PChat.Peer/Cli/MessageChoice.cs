using System.Globalization;

namespace P2PChat.Peer.Cli;

/// <summary>The message that a command refers to, by id or by number.</summary>
/// <param name="Id">Null for a number.</param>
/// <param name="Number">Counted back from the newest, which is 1; 0 for an id.</param>
/// <param name="Yours">Whether the user has sent it; null if that was not typed.</param>
public readonly record struct MessageChoice(Guid? Id, int Number, bool? Yours = null)
{
    /// <summary>Precedes the id of a message that the user has sent, if the other side has used that id too.</summary>
    public const string OfYours = "yours:";

    /// <summary>The same for a message of the other side.</summary>
    public const string OfTheirs = "theirs:";

    /// <summary>The largest number. Older messages need their ids.</summary>
    public const int MaxNumber = 99;

    /// <summary>Refuses the number of one of the user's messages that is deleted.</summary>
    public const string AlreadyDeleted =
        "That message is deleted already, and nothing was changed. For an older one, use a larger number.";

    public static bool TryParse(string text, out MessageChoice choice)
    {
        if (TryParseId(text, out choice))
        {
            return true;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        choice = new(null, number);
        return number is >= 1 and <= MaxNumber;
    }

    /// <summary>Reads an id, which may say whose message is meant.</summary>
    public static bool TryParseId(string text, out MessageChoice choice)
    {
        bool? yours =
            text.StartsWith(OfYours, StringComparison.OrdinalIgnoreCase) ? true
            : text.StartsWith(OfTheirs, StringComparison.OrdinalIgnoreCase) ? false
            : null;
        var prefix = yours switch
        {
            true => OfYours.Length,
            false => OfTheirs.Length,
            null => 0,
        };
        var isId = Guid.TryParse(text.AsSpan(prefix), out var id);
        choice = isId ? new(id, 0, yours) : default;
        return isId;
    }
}
