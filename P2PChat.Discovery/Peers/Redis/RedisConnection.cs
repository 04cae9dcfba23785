using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// The one connection to Redis, shared by all calls. It is opened in the background: a Redis that is away neither holds up
/// the start nor ends the process.
/// </summary>
internal sealed partial class RedisConnection(
    IServiceProvider services, IOptions<DirectoryOptions> options, TimeProvider time, ILogger<RedisConnection> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IConnectionMultiplexer? _multiplexer;
    private volatile string _trouble = "Redis does not answer yet: check that it runs, and ConnectionStrings:redis.";

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
        RedisServerException => $"Redis refused a call: {exception.Message.Split(' ', 2)[0]}.",
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
        using var timer = new PeriodicTimer(BetweenAttempts, time);
        var subscribed = false;
        do
        {
            try
            {
                _multiplexer ??= Connect();
                if (!subscribed && _multiplexer.IsConnected)
                {
                    // Once is enough: the client subscribes again by itself after it has reconnected.
                    await _multiplexer.GetSubscriber().SubscribeAsync(Channel, (_, message) => Published?.Invoke((string?)message ?? ""));
                    subscribed = true;
                }
            }
            catch (RedisException exception)
            {
                Note(null, ConnectionFailureType.None, exception);
                LogAttemptFailed(logger, _trouble);
            }

            _attempted.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IConnectionMultiplexer Connect()
    {
        // The container opens the connection when it is first asked for, and that takes seconds where Redis is away.
        var multiplexer = services.GetRequiredService<IConnectionMultiplexer>();
        multiplexer.ConnectionFailed += (_, failure) => Note(failure.EndPoint, failure.FailureType, failure.Exception);
        return multiplexer;
    }

    // The client's own messages are long and may hold the connection string.
    private void Note(EndPoint? endPoint, ConnectionFailureType type, Exception? exception)
    {
        var where = endPoint is null ? "" : $" at {Describe(endPoint)}";
        var refused = type == ConnectionFailureType.AuthenticationFailure || Mentions(exception, "NOAUTH") || Mentions(exception, "WRONGPASS") || Mentions(exception, "invalid password");
        _trouble = refused
            ? $"Redis{where} refuses the password: check ConnectionStrings:redis."
            : $"Redis{where} does not answer: check that it runs, and ConnectionStrings:redis.";
    }

    private static string Describe(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";

    private static bool Mentions(Exception? exception, string word)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "An attempt to reach Redis failed: {Trouble}")]
    private static partial void LogAttemptFailed(ILogger logger, string trouble);
}
