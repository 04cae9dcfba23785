using System.Net;

namespace P2PChat.Bench.Processes;

/// <summary>
/// The directory in a separate process, with or without Redis. Its rate limits are on but never reached.
/// </summary>
internal sealed class DirectoryProcess : IAsyncDisposable
{
    private static readonly string[] Settings =
    [
        "--urls=http://127.0.0.1:0",
        "--Logging:LogLevel:Default=Warning",
        .. ((string[])["Calls", "Deposits", "SignedCalls", "Identity", "NewNames", "Returns", "Files"]).SelectMany(
            limit =>
                (string[])
                    [
                        $"--Directory:RateLimits:{limit}:Burst=1000000000",
                        $"--Directory:RateLimits:{limit}:PerSecond=1000000",
                    ]
        ),
        "--Directory:ClaimsPerAddress=1000000000",
        "--Directory:ClaimsInTotal=1000000000",
    ];

    private readonly ChildProcess _child;

    private DirectoryProcess(ChildProcess child, RedisProcess? redis)
    {
        (_child, Redis) = (child, redis);
        Endpoint = IPEndPoint.Parse(child.Ready);
    }

    public IPEndPoint Endpoint { get; }

    public string Address => $"http://{Endpoint}";

    public RedisProcess? Redis { get; }

    /// <summary>Processor time used by the directory and its Redis, in microseconds.</summary>
    public double CpuMicroseconds() =>
        ProcessUsage.CpuMicroseconds(Redis is null ? [_child.Id] : [_child.Id, Redis.Id]);

    /// <param name="settings">Additional settings, such as <c>Directory:Lease=00:10:00</c>.</param>
    public static async Task<DirectoryProcess> StartAsync(bool withRedis, params string[] settings)
    {
        var redis = withRedis ? await RedisProcess.StartAsync() : null;
        try
        {
            var connection = redis is null
                ? Array.Empty<string>()
                : [$"--ConnectionStrings:redis={redis.ConnectionString}"];
            var directory = new DirectoryProcess(
                await ChildProcess.StartAsync(
                    ChildProgram.Directory,
                    [.. Settings, .. connection, .. settings.Select(setting => "--" + setting)]
                ),
                redis
            );
            await directory.WaitForStoreAsync();
            return directory;
        }
        catch
        {
            if (redis is not null)
            {
                await redis.DisposeAsync();
            }

            throw;
        }
    }

    // The directory connects to Redis in the background; until then it answers lookups with 503.
    private async Task WaitForStoreAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Address) };
        for (var attempt = 0; attempt < 500; attempt++)
        {
            using var answer = await http.GetAsync(new Uri("/peers/nobody", UriKind.Relative));
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        throw new InvalidOperationException("The directory did not connect to its store in time.");
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}
