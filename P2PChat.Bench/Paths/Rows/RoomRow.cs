using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures how long a message takes until all members of a room have it.</summary>
internal sealed class RoomRow : PathRow
{
    private const string Text = "Shall we meet at the station tomorrow, at about half past nine?";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<BenchPeer> _others = [];
    private readonly Arrivals _arrivals = new();
    private Task _reading = Task.CompletedTask;
    private DirectoryProcess? _directory;
    private BenchPeer _owner = null!;
    private int[] _sizes = [];
    private int _messages;

    public override string Id => "room";

    public override string Measures =>
        "a message to all members of a room, until the last one shows it, one at a time, all peers in one process";

    public override string Floor =>
        "a message to each of the same peers in a conversation of two, until the last has it";

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("5 members", "ms", Aim.RatioAtMost(3)), new("16 members", "ms", Aim.RatioAtMost(3))];

    public override async Task OpenAsync(Effort effort)
    {
        (_sizes, _messages) = (effort.Of([5, 16], (int[])[3]), effort.Of(200, 3));
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _owner = await StartAsync("owner");
        for (var number = 1; number < _sizes.Max(); number++)
        {
            _others.Add(await StartAsync($"member-{number}"));
            await _owner.ConnectAsync(_others[^1]);
        }

        foreach (var size in _sizes)
        {
            await OpenRoomAsync(size);
        }

        _reading = Task.WhenAll([
            _owner.ReadToEndAsync(),
            .. _others.Select(other => other.ReadToEndAsync(_arrivals.Note)),
        ]);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override Task<Sample[]> MeasureAsync() =>
        ForEachSizeAsync(async size => await _owner.RoomMessages.SendAsync(NameOf(size), Text));

    public override async Task<Sample?[]> FloorAsync() =>
        [
            .. (
                await ForEachSizeAsync(size =>
                {
                    foreach (var other in _others.Take(size - 1))
                    {
                        _ = _owner.Messages.SendAsync(other.Name, Text);
                    }

                    return Task.CompletedTask;
                })
            ).Cast<Sample?>(),
        ];

    public override async ValueTask DisposeAsync()
    {
        foreach (var other in _others)
        {
            await other.DisposeAsync();
        }

        if (_owner is not null)
        {
            await _owner.DisposeAsync();
        }

        await _reading;
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private static string NameOf(int size) => $"room of {size}";

    private async Task OpenRoomAsync(int size)
    {
        var name = NameOf(size);
        var members = _others.Take(size - 1).ToList();
        _ = await _owner.Rooms.CreateAsync(name, history: 0);
        foreach (var member in members)
        {
            await _owner.Rooms.InviteAsync(name, member.Name);
        }

        foreach (var member in members)
        {
            await Eventually.True(
                () => member.Rooms.All.Any(room => room.Name == name && room.Standing == RoomStanding.Invited),
                Patience,
                $"{member.Name} is invited to {name}"
            );
            await member.Rooms.JoinAsync(name);
        }

        await Eventually.True(
            () => members.Prepend(_owner).All(member => member.Rooms.Find(name).Members == size),
            Patience,
            $"all know the members of {name}"
        );
    }

    // In a quick run, both figures are of its only room.
    private async Task<Sample[]> ForEachSizeAsync(Func<int, Task> send)
    {
        List<Sample> samples = [];
        for (var i = 0; i < Figures.Count; i++)
        {
            samples.Add(await TimeAsync(_sizes[Math.Min(i, _sizes.Length - 1)], send));
        }

        return [.. samples];
    }

    private async Task<Sample> TimeAsync(int size, Func<int, Task> send)
    {
        List<double> times = [];
        var cpu = ProcessUsage.OwnCpuMicroseconds();
        for (var i = 0; i < _messages; i++)
        {
            var all = _arrivals.Expect(size - 1);
            var started = Stopwatch.GetTimestamp();
            await send(size);
            await all.WaitAsync(Patience);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return new Sample(Numbers.Median(times), (ProcessUsage.OwnCpuMicroseconds() - cpu) / _messages);
    }

    private Task<BenchPeer> StartAsync(string name) => BenchPeer.StartAsync(_directory!.Address, name);

    /// <summary>Counts the messages that arrive at all peers together.</summary>
    private sealed class Arrivals
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _all = new();
        private int _left;

        public Task Expect(int count)
        {
            lock (_gate)
            {
                _left = count;
                _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _all.Task;
            }
        }

        public void Note(PeerEvent arrived)
        {
            if (arrived is not (PeerEvent.RoomMessageReceived or PeerEvent.MessageReceived))
            {
                return;
            }

            lock (_gate)
            {
                if (--_left == 0)
                {
                    _all.SetResult();
                }
            }
        }
    }
}
