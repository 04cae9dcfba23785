using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// The one connection to Redis, shared by all calls. It is opened in the background: a Redis that is away neither holds up
/// the start nor ends the process.
/// </summary>
internal sealed class RedisConnection(
    IServiceProvider services, IOptions<DirectoryOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IConnectionMultiplexer? _multiplexer;
    private volatile string _trouble = "Redis has not answered yet.";

    /// <summary>Somebody published on <see cref="Channel"/>; the argument is the message.</summary>
    public event Action<string>? Published;

    /// <summary>Where the scripts say that a shard has news.</summary>
    public static RedisChannel Channel { get; } = new("p2pchat:events", RedisChannel.PatternMode.Literal);

    /// <exception cref="StoreUnavailableException">There is no connection; the message says why.</exception>
    public IDatabase Database =>
        _multiplexer is { IsConnected: true } multiplexer ? multiplexer.GetDatabase() : throw new StoreUnavailableException(_trouble);

    /// <summary>Why a call failed, as a sentence for whoever runs the directory.</summary>
    public string Explain(Exception exception) => exception switch
    {
        TimeoutException => "Redis did not answer in time.",
        // OOM, LOADING, CLUSTERDOWN, …: the first word is the kind, the rest may hold keys.
        RedisServerException when !SaysNo(exception) => $"Redis refused a call: {exception.Message.Split(' ', 2)[0]}.",
        _ => _trouble,
    };

    /// <summary>Gives a Redis that is there the time to answer, so that the first calls find it.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        try
        {
            await _attempted.Task.WaitAsync(options.Value.StoreTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then without it, for now.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The container opens the connection when it is first asked for.
        var multiplexer = services.GetRequiredService<IConnectionMultiplexer>();
        var where = string.Join(", ", multiplexer.GetEndPoints().Select(Describe));
        var silent = $"Redis at {where} does not answer: check that it runs, and ConnectionStrings:redis.";
        _trouble = silent;
        _multiplexer = multiplexer;

        using var timer = new PeriodicTimer(BetweenAttempts, time);
        var subscribed = false;
        do
        {
            try
            {
                if (!multiplexer.IsConnected)
                    await multiplexer.GetDatabase().PingAsync().WaitAsync(options.Value.StoreTimeout, time, stoppingToken);
                if (!subscribed)
                {
                    // Once is enough: the client subscribes again by itself after it has reconnected.
                    await multiplexer.GetSubscriber().SubscribeAsync(Channel, (_, message) => Published?.Invoke((string?)message ?? ""));
                    subscribed = true;
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                _trouble = SaysNo(exception) ? $"Redis at {where} refuses the password: check ConnectionStrings:redis." : silent;
            }

            _attempted.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static bool SaysNo(Exception exception) => exception.ToString() is var text
        && (text.Contains("NOAUTH", StringComparison.Ordinal) || text.Contains("WRONGPASS", StringComparison.Ordinal)
            || text.Contains("AuthenticationFailure", StringComparison.Ordinal));

    private static string Describe(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";
}
