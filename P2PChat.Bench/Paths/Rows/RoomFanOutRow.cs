using System.Diagnostics;
using System.Security.Cryptography;
using P2PChat.Bench.Processes;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures what a message costs the members of a large room, without connections and stores.</summary>
internal sealed class RoomFanOutRow : PathRow
{
    private const string Text = "Shall we meet at the station tomorrow, at about half past nine?";

    private static readonly byte[] Bytes = new byte[512];

    private readonly List<ECDsa> _keys = [];
    private RoomOfMachines _room = null!;
    private byte[] _signature = [];
    private ECDsa _verifier = null!;
    private int _messages;

    public override string Id => "room-fanout";

    public override string Measures =>
        "a message to a room of 100 members, without links and stores: signed, verified and placed by each of them";

    public override string Floor => "one P-256 signature, and the import of the key and its verification by 99 members";

    public override IReadOnlyList<Figure> Figures { get; } = [new("100 members", "ms", Aim.RatioAtMost(1.5))];

    public override async Task OpenAsync(Effort effort)
    {
        _messages = effort.Of(50, 2);
        for (var i = 0; i < effort.Of(RoomLimits.Members, 8); i++)
        {
            _keys.Add(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        }

        _verifier = _keys[0];
        _signature = _verifier.SignData(Bytes, HashAlgorithmName.SHA256);
        _room = new RoomOfMachines(_keys);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override Task<Sample[]> MeasureAsync()
    {
        var sample = Time(() =>
        {
            _ = _room.Machines[0].Send(new RoomMessage(Text, DateTimeOffset.UnixEpoch));
            var arrived = _room.Distribute(areVerified: true);
            if (arrived != _keys.Count - 1)
            {
                throw new InvalidOperationException($"{arrived} of {_keys.Count - 1} members have the message.");
            }
        });
        return Task.FromResult<Sample[]>([sample]);
    }

    public override Task<Sample?[]> FloorAsync()
    {
        var publicKey = _verifier.ExportSubjectPublicKeyInfo();
        var sample = Time(() =>
        {
            _ = _verifier.SignData(Bytes, HashAlgorithmName.SHA256);
            for (var i = 1; i < _keys.Count; i++)
            {
                using var key = ECDsa.Create();
                key.ImportSubjectPublicKeyInfo(publicKey, out _);
                if (!key.VerifyData(Bytes, _signature, HashAlgorithmName.SHA256))
                {
                    throw new InvalidOperationException("The signature does not match.");
                }
            }
        });
        return Task.FromResult<Sample?[]>([sample]);
    }

    public override ValueTask DisposeAsync()
    {
        _keys.ForEach(key => key.Dispose());
        return ValueTask.CompletedTask;
    }

    private Sample Time(Action once)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        for (var i = 0; i < _messages; i++)
        {
            once();
        }

        return new Sample(
            Stopwatch.GetElapsedTime(started).TotalMilliseconds / _messages,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / _messages
        );
    }
}
