using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures signed registrations through HTTP and Redis, of new names and of returning names.</summary>
internal sealed class RegisterRow : PathRow
{
    private const int Connections = 32;
    private const int Keys = 64;
    private static readonly IPEndPoint Unreachable = new(IPAddress.Loopback, 9);

    private readonly KeyRing _keys = new(Keys);
    private DirectoryProcess _directory = null!;
    private HttpLoad _load = null!;
    private string _directoryId = "";
    private string[] _returning = [];
    private int _count;
    private int _batch;

    public override string Id => "register";

    public override string Measures => "signed registrations per second through HTTP and Redis, from 32 connections";

    public override string Floor => "importing a P-256 key and verifying with it, in a loop on all cores";

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("new names", "1/s", Aim.RatioAtLeast(0.6)), new("returning names", "1/s", Aim.RatioAtLeast(0.6))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(4_000, 400);
        _directory = await DirectoryProcess.StartAsync(withRedis: true);
        _directoryId = await Population.DirectoryIdAsync(_directory.Endpoint);
        _load = await HttpLoad.ConnectAsync(_directory.Endpoint, Connections);
        _returning = NewNames();
        for (var i = 0; i < effort.Of(12, 1); i++)
        {
            _ = await RegisterAsync(NewNames());
            _ = await RegisterAsync(_returning);
        }
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [await RegisterAsync(NewNames()), await RegisterAsync(_returning)];

    public override Task<Sample?[]> FloorAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (publicKey, data) = (key.ExportSubjectPublicKeyInfo(), RandomNumberGenerator.GetBytes(200));
        var signature = key.SignData(data, HashAlgorithmName.SHA256);
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        _ = Parallel.For(
            0,
            Environment.ProcessorCount,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            _ =>
            {
                for (var i = 0; i < _count; i++)
                {
                    using var imported = ECDsa.Create();
                    imported.ImportSubjectPublicKeyInfo(publicKey, out var _);
                    if (!imported.VerifyData(data, signature, HashAlgorithmName.SHA256))
                    {
                        throw new CryptographicException("The signature is not valid.");
                    }
                }
            }
        );
        var verified = _count * Environment.ProcessorCount;
        var sample = new Sample(
            verified / Stopwatch.GetElapsedTime(started).TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / verified
        );
        return Task.FromResult<Sample?[]>([sample, sample]);
    }

    public override async ValueTask DisposeAsync()
    {
        _keys.Dispose();
        _load?.Dispose();
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private async Task<Sample> RegisterAsync(string[] names)
    {
        var requests = Sign(names);
        var cpu = _directory.CpuMicroseconds();
        var rate = await _load.SendAllAsync(requests);
        return new Sample(rate, (_directory.CpuMicroseconds() - cpu) / names.Length);
    }

    private IReadOnlyList<ReadOnlyMemory<byte>>[] Sign(string[] names) =>
        _keys.RegisterAll(names, _directoryId, Unreachable, Connections);

    private string[] NewNames()
    {
        var batch = _batch++;
        return [.. Enumerable.Range(0, _count).Select(i => $"bench-{batch}-{i}")];
    }
}
