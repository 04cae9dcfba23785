using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>A room with a name that no other room of this peer has.</summary>
/// <param name="Name">As it is typed. Its id replaces a name that several rooms have.</param>
internal sealed record NamedRoom(RoomView View, string Name)
{
    private const int ShortIdLength = 8;

    public ChatKey.Room Key { get; } = new(View.Id.ToString());

    public static IReadOnlyList<NamedRoom> Of(IReadOnlyList<RoomView> rooms)
    {
        var names = Names([.. rooms.Select(room => (room.Id.ToString(), room.Name))]);
        return [.. rooms.Zip(names, (room, name) => new NamedRoom(room, name))];
    }

    /// <summary>The name of each room as it is typed.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<(string Id, string Name)> rooms)
    {
        var shared = rooms
            .GroupBy(room => RoomText.Handle(room.Name))
            .Where(same => same.Count() > 1)
            .Select(same => same.Key)
            .ToHashSet();
        return
        [
            .. rooms.Select(room =>
                RoomText.Handle(room.Name) is var handle && shared.Contains(handle) ? ShortId(room.Id) : handle
            ),
        ];
    }

    public static string ShortId(string id) => $"{RoomArguments.Sign}{id[..ShortIdLength]}";
}
