using System.Text;
using P2PChat.Bench.Paths.Rows;

namespace P2PChat.Bench.Paths;

/// <summary>All rows, in the order in which they run and are reported.</summary>
internal static class PathRows
{
    private static readonly Func<PathRow>[] Factories =
    [
        () => new RegisterRow(),
        () => new RenewRow(),
        () => new LookupRow(),
        () => new ConnectRow(),
        () => new HandshakesRow(),
        () => new MessagesRow(),
        () => new DurableRow(),
        () => new RoundTripRow(),
        () => new IdleLinksRow(),
        () => new AllocationsRow(),
        () => new FileRow(),
        () => new ChatBesideFileRow(),
        () => new StoredFileRow(),
        () => new RoomRow(),
        () => new RoomFanOutRow(),
        () => new RoomOrderRow(),
        () => new DepositRow(),
        () => new StunRow(),
        () => new RelayRow(),
        () => new HistoryRow(),
        () => new SearchIndexRow(),
        () => new HerdRow(),
        () => new StartPeerRow(),
        () => new StartManyRow(),
        () => new StartAppRow(),
        () => new UpRow(),
        () => new JoinRow(),
        () => new PageRow(),
        () => new NatRow(),
    ];

    private static readonly Dictionary<string, Func<PathRow>> ById = Factories.ToDictionary(make => make().Id);

    public static IReadOnlyList<string> Ids { get; } = [.. Factories.Select(make => make().Id)];

    public static PathRow Create(string id) => ById[id]();

    public static string Describe()
    {
        var text = new StringBuilder();
        foreach (var row in Factories.Select(make => make()))
        {
            var aims = row.Figures.Select(figure => $"{figure.Name} {figure.Aim}");
            _ = text.Append($"{row.Id, -12} {row.Measures}\n");
            if (row.Floor is { } floor)
            {
                _ = text.Append($"{"", -12} floor: {floor}\n");
            }

            _ = text.Append($"{"", -12} aim: {string.Join(", ", aims)}\n");
        }

        return text.ToString();
    }
}
