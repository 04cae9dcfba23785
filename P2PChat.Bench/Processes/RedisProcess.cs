using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace P2PChat.Bench.Processes;

/// <summary>
/// A redis-server of the row's own, on loopback, that writes nothing to disk, as the AppHost starts it.
/// </summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(15);

    // The shell ends the server when standard input ends, and says first which process it is.
    private const string Guarded = """
        exec 3<&0
        redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly no --daemonize no </dev/null >/dev/null & server=$!
        echo $server
        (cat <&3 >/dev/null; kill $server 2>/dev/null) & guard=$!
        wait $server
        kill $guard 2>/dev/null
        """;

    private readonly Process _shell;
    private readonly int _port;

    private RedisProcess(Process shell, int id, int port) => (_shell, Id, _port) = (shell, id, port);

    /// <summary>The server's process.</summary>
    public int Id { get; }

    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},abortConnect=false");

    /// <exception cref="InvalidOperationException">There is no redis-server, or it does not answer.</exception>
    public static async Task<RedisProcess> StartAsync()
    {
        var port = FreePort.Next();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guarded, "sh", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process shell;
        try
        {
            shell = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("Redis could not be started, for there is no /bin/sh.", exception);
        }

        var id = int.Parse((await shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var redis = new RedisProcess(shell, id, port);
        try
        {
            await redis.AnswersAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Bytes of memory that the data take, by Redis's own count.</summary>
    public async Task<long> UsedMemoryAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var info = (string?)await redis.GetDatabase().ScriptEvaluateAsync("return redis.call('INFO', 'memory')") ?? "";
        var line = info.Split("\r\n").First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Leases that live, over all shards.</summary>
    public async Task<long> LeasesAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var clock = (RedisValue[])(await redis.GetDatabase().ScriptEvaluateAsync("return redis.call('TIME')"))!;
        var now = (long)clock[0] * 1000;
        var counts = await Task.WhenAll(
            Discovery.Storage.Redis.Shard.All.Select(shard =>
                redis.GetDatabase().SortedSetLengthAsync(shard.RenewKeys[1], now)
            )
        );
        return counts.Sum();
    }

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.EndAsync(_shell);
        _shell.Dispose();
    }

    private async Task AnswersAsync()
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(StartsWithin.TotalSeconds * Stopwatch.Frequency);
        using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        while (!redis.IsConnected)
        {
            if (Stopwatch.GetTimestamp() > deadline || _shell.HasExited)
            {
                throw new InvalidOperationException(
                    "No redis-server answers: put one on the PATH; ./test.sh gets one into artifacts/redis/bin."
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
