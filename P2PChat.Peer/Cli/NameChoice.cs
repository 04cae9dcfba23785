namespace P2PChat.Peer.Cli;

/// <summary>The words that can follow the name of a command: usernames, rooms, and the actions on rooms.</summary>
internal static class NameChoice
{
    private static readonly string[] Actions =
    [
        .. Enum.GetNames<RoomVerb>().Append("Members").Append("Link").Append("Links").Select(Lower),
    ];

    /// <param name="before">The arguments before the word that is being typed.</param>
    /// <param name="names">The usernames and rooms that the peer knows.</param>
    /// <param name="isInRoom">Whether the open room can be left out.</param>
    /// <returns>Null if the command takes no name there.</returns>
    public static IEnumerable<string>? Find(
        CommandInfo command,
        string[] before,
        IReadOnlyList<string> names,
        bool isInRoom = false
    ) =>
        (command.Name, before) switch
        {
            (RoomArguments.RoomName, []) => Actions,
            (RoomArguments.RoomName, [var action, .. var rest]) => OfRoom(action, rest, names, isInRoom),
            (_, []) when command.TakesUsername => command.TakesRoom ? names : names.Where(IsPerson),
            ("forward", [.., var which]) when MessageChoice.TryParse(which, out _) => names,
            ("forward", [.., var which]) when RoomMessageChoice.TryParse(which, out _) => names,
            _ => null,
        };

    public static bool IsPerson(string name) => !RoomArguments.IsRoom(name);

    private static IEnumerable<string>? OfRoom(string action, string[] rest, IReadOnlyList<string> names, bool isInRoom)
    {
        if (rest is [HistoryCommands.ForceOption, ..])
        {
            rest = rest[1..];
        }

        var needsPerson = Lower(action) is "invite" or "remove" or "role";
        return (Lower(action), rest) switch
        {
            ("new", _) => null,
            (_, []) => names.Where(name => RoomArguments.IsRoom(name) || (isInRoom && needsPerson)),
            (_, [_]) when needsPerson => names.Where(IsPerson),
            ("role", [_, _]) => Enum.GetNames<Client.RoomRole>().Select(Lower).Where(role => role != "none"),
            ("notify", [_]) => Enum.GetNames<Client.RoomNotify>().Select(Lower),
            _ => null,
        };
    }

    private static string Lower(string word) => word.ToLowerInvariant();
}
