using P2PChat.Client;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Cli;

/// <summary>The lines of search results.</summary>
internal static class FoundLines
{
    public const int Max = 20;

    /// <summary>Shown below the results if the search in rooms has not come to its end.</summary>
    public const string MayBeOlder = "There may be older messages in rooms. Add a word to find them.";

    /// <summary>The newest of conversations and rooms, the newest first.</summary>
    public static IEnumerable<string> Merge(
        SearchResponse results,
        Func<FoundItem, string> lineOf,
        Func<RoomMessageItem, string> roomLineOf
    )
    {
        var messages = results.Messages.Select(found =>
            (SentAt: (DateTimeOffset?)found.Message.SentAt, Line: lineOf(found))
        );
        var rooms = (results.Rooms?.Messages ?? []).Select(found => (found.SentAt, Line: roomLineOf(found)));
        return NewestFirst
            .Merge([.. messages], [.. rooms], found => found.SentAt, TimeProvider.System.GetUtcNow())
            .Take(Max)
            .Select(found => found.Line);
    }
}
