using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Peers in this process, with rooms of some of them. The first owns the rooms and sends.</summary>
internal sealed class RoomOfPeers : IAsyncDisposable
{
    private const string Text = "Shall we meet at the station tomorrow, at about half past nine?";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<BenchPeer> _others = [];
    private readonly Arrivals _arrivals = new();
    private readonly BenchPeer _owner;
    private Task _reading = Task.CompletedTask;

    private RoomOfPeers(BenchPeer owner) => _owner = owner;

    /// <param name="data">The directory for the data of the peers; null for ephemeral peers.</param>
    /// <param name="sizes">One room of each.</param>
    public static async Task<RoomOfPeers> StartAsync(string directory, string? data, params IReadOnlyList<int> sizes)
    {
        var room = new RoomOfPeers(await StartAsync(directory, data, "owner"));
        try
        {
            for (var number = 1; number < sizes.Max(); number++)
            {
                room._others.Add(await StartAsync(directory, data, $"member-{number}"));
                await room._owner.ConnectAsync(room._others[^1]);
            }

            foreach (var size in sizes)
            {
                await room.OpenAsync(size);
            }

            room._reading = Task.WhenAll([
                room._owner.ReadToEndAsync(),
                .. room._others.Select(other => other.ReadToEndAsync(room._arrivals.Note)),
            ]);
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends messages to a room, one at a time.</summary>
    /// <returns>The median time until the last member shows one.</returns>
    public Task<Sample> TimeRoomAsync(int size, int messages) =>
        TimeAsync(size, messages, async () => await _owner.RoomMessages.SendAsync(NameOf(size), Text));

    /// <summary>The same in conversations of two with the same members.</summary>
    public Task<Sample> TimePairsAsync(int size, int messages) => TimeAsync(size, messages, () =>
        {
            foreach (var other in _others.Take(size - 1))
            {
                _ = _owner.Messages.SendAsync(other.Name, Text);
            }

            return Task.CompletedTask;
        });

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others)
        {
            await other.DisposeAsync();
        }

        await _owner.DisposeAsync();
        await _reading;
    }

    private static string NameOf(int size) => $"room of {size}";

    private static Task<BenchPeer> StartAsync(string directory, string? data, string role)
    {
        // Different names, because both groups are registered at the same time.
        var name = $"{role}-{(data is null ? "ephemeral" : "kept")}";
        return BenchPeer.StartAsync(directory, name, options =>
            (options.Ephemeral, options.Data) = (data is null, data is null ? options.Data : Path.Combine(data, name))
        );
    }

    private async Task OpenAsync(int size)
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

    private async Task<Sample> TimeAsync(int size, int messages, Func<Task> send)
    {
        List<double> times = [];
        var cpu = ProcessUsage.OwnCpuMicroseconds();
        for (var i = 0; i < messages; i++)
        {
            var all = _arrivals.Expect(size - 1);
            var started = Stopwatch.GetTimestamp();
            await send();
            await all.WaitAsync(Patience);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return new Sample(Numbers.Median(times), (ProcessUsage.OwnCpuMicroseconds() - cpu) / messages);
    }

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
