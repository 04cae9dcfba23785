using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures how long a message takes until all members of a room have it.</summary>
internal sealed class RoomRow : PathRow
{
    private readonly TempFolder _data = new();
    private DirectoryProcess? _directory;
    private RoomOfPeers? _kept;
    private RoomOfPeers? _ephemeral;
    private int _small;
    private int _large;
    private int _messages;

    public override string Id => "room";

    public override string Measures =>
        "a message to all members of a room, until the last one shows it, one at a time, all peers in one process: "
        + "with stores on disk, and ephemeral";

    public override string Floor =>
        "a message to each of the same peers in a conversation of two, until the last has it";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("5 members", "ms", Aim.RatioAtMost(3)),
        new("16 members", "ms", Aim.RatioAtMost(3)),
        new("5, ephemeral", "ms", Aim.RatioAtMost(3)),
    ];

    public override async Task OpenAsync(Effort effort)
    {
        (_small, _large, _messages) = (effort.Of(5, 3), effort.Of(16, 3), effort.Of(200, 3));
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _kept = await RoomOfPeers.StartAsync(
            _directory.Address,
            _data.FullName,
            [.. new[] { _small, _large }.Distinct()]
        );
        _ephemeral = await RoomOfPeers.StartAsync(_directory.Address, data: null, _small);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [
            await _kept!.TimeRoomAsync(_small, _messages),
            await _kept.TimeRoomAsync(_large, _messages),
            await _ephemeral!.TimeRoomAsync(_small, _messages),
        ];

    public override async Task<Sample?[]> FloorAsync() =>
        [
            await _kept!.TimePairsAsync(_small, _messages),
            await _kept.TimePairsAsync(_large, _messages),
            await _ephemeral!.TimePairsAsync(_small, _messages),
        ];

    public override async ValueTask DisposeAsync()
    {
        if (_kept is not null)
        {
            await _kept.DisposeAsync();
        }

        if (_ephemeral is not null)
        {
            await _ephemeral.DisposeAsync();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        _data.Delete();
    }
}
