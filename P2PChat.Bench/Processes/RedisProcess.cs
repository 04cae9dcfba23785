using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace P2PChat.Bench.Processes;

/// <summary>A redis-server on loopback for one row, started as the AppHost does, without persistence.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(15);

    // The shell prints the server's process id, and stops the server when standard input closes.
    private const string Script = """
        exec 3<&0
        redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly no --daemonize no \
            </dev/null >/dev/null & server=$!
        echo $server
        (cat <&3 >/dev/null; kill $server 2>/dev/null) & guard=$!
        wait $server
        kill $guard 2>/dev/null
        """;

    private readonly Process _shell;
    private readonly int _port;

    private RedisProcess(Process shell, int id, int port) => (_shell, Id, _port) = (shell, id, port);

    /// <summary>The process id of the server.</summary>
    public int Id { get; }

    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},abortConnect=false");

    /// <exception cref="InvalidOperationException">redis-server is missing or does not answer.</exception>
    public static async Task<RedisProcess> StartAsync()
    {
        var port = FreePort.Next();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", port.ToString(CultureInfo.InvariantCulture)])
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
            throw new InvalidOperationException("Redis could not be started because /bin/sh is missing.", exception);
        }

        var id = int.Parse((await shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var redis = new RedisProcess(shell, id, port);
        try
        {
            await redis.WaitUntilReadyAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>The memory used by Redis in bytes, as its INFO command reports it.</summary>
    public async Task<long> UsedMemoryAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var info = (string?)await redis.GetDatabase().ScriptEvaluateAsync("return redis.call('INFO', 'memory')") ?? "";
        var line = info.Split("\r\n").First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The number of live leases in all shards.</summary>
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
        await ChildProcess.StopAsync(_shell);
        _shell.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(StartTimeout.TotalSeconds * Stopwatch.Frequency);
        using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        while (!redis.IsConnected)
        {
            if (Stopwatch.GetTimestamp() > deadline || _shell.HasExited)
            {
                throw new InvalidOperationException(
                    "redis-server does not answer. Put it on the PATH; ./test.sh installs it in artifacts/redis/bin."
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
