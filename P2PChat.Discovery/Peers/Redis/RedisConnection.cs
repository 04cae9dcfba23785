using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// The one connection to Redis, shared by all calls. It is opened in the background: a Redis that is away neither holds up
/// the start nor ends the process.
/// </summary>
internal sealed class RedisConnection : BackgroundService
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    // Longer than newer clients wait for a connection (5 s): what they throw then says why there is none.
    private static readonly TimeSpan PingPatience = TimeSpan.FromSeconds(8);

    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private const string SchemaKey = "p2pchat:schema";

    // Raised when an older replica could no longer work beside this one; see docs/protocol.md, section 11.
    private const string Schema = "1";

    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly string _silent;
    private readonly string _refused;
    private readonly string _where;
    private IConnectionMultiplexer? _multiplexer;
    private volatile bool _mayUse;
    private volatile bool _isCluster = true;
    private volatile string _trouble;

    /// <param name="services">Asked for the connection, which the container opens when it is first asked.</param>
    public RedisConnection(IServiceProvider services, IConfiguration configuration, IOptions<DirectoryOptions> options, TimeProvider time)
    {
        _services = services;
        _time = time;
        _timeout = options.Value.StoreTimeout;
        var parsed = ConfigurationOptions.Parse(configuration.GetConnectionString(PeersSetup.RedisConnectionName) ?? "");
        _where = string.Join(", ", parsed.EndPoints.Select(Describe));
        _silent = $"Redis at {_where} does not answer: check that it runs, and ConnectionStrings:redis.";
        _refused = $"Redis at {_where} refuses the password: check ConnectionStrings:redis.";
        _trouble = _silent;
    }

    /// <summary>Somebody published on <see cref="Channel"/>; the argument is the message.</summary>
    public event Action<string>? Published;

    /// <summary>Where the scripts say that a shard has news.</summary>
    public static RedisChannel Channel { get; } = new("p2pchat:events", RedisChannel.PatternMode.Literal);

    /// <summary>Whether a script may have keys of one shard only. True until it is known better.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Whether Redis answered a call, and refused it: what another call may not meet.</summary>
    public static bool IsRefusal(Exception exception) => exception is StoreUnavailableException { InnerException: RedisServerException };

    /// <exception cref="StoreUnavailableException">There is no connection, or none that may be used; the message says why.</exception>
    private IDatabase Database =>
        _mayUse && _multiplexer is { IsConnected: true } multiplexer ? multiplexer.GetDatabase() : throw new StoreUnavailableException(_trouble);

    /// <exception cref="StoreUnavailableException">Redis is away, or did not answer in time.</exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            // Older clients let an asynchronous call wait for ever.
            return await call(Database).WaitAsync(_timeout, _time, cancellation);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw new StoreUnavailableException(Explain(exception), exception);
        }
    }

    /// <inheritdoc cref="CallAsync"/>
    public async Task<ScriptReply> EvaluateAsync(RedisScript script, RedisKey[] keys, CancellationToken cancellation, params RedisValue[] values)
    {
        // As CallAsync does, without its closure and a task more: this is the way of every renewal.
        try
        {
            return new(await script.EvaluateAsync(Database, keys, values).WaitAsync(_timeout, _time, cancellation));
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw new StoreUnavailableException(Explain(exception), exception);
        }
    }

    private static bool IsUnavailable(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Why a call failed, as a sentence for whoever runs the directory.</summary>
    private string Explain(Exception exception) => exception switch
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
            await _attempted.Task.WaitAsync(_timeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then without it, for now.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var multiplexer = _services.GetRequiredService<IConnectionMultiplexer>();
        _multiplexer = multiplexer;

        using var timer = new PeriodicTimer(BetweenAttempts, _time);
        var subscribed = false;
        do
        {
            try
            {
                if (!multiplexer.IsConnected)
                    await multiplexer.GetDatabase().PingAsync().WaitAsync(PingPatience, _time, stoppingToken);
                _mayUse = await IsOurSchemaAsync(multiplexer.GetDatabase()).WaitAsync(PingPatience, _time, stoppingToken);
                _isCluster = multiplexer.GetEndPoints().Any(endpoint => multiplexer.GetServer(endpoint).ServerType == ServerType.Cluster);
                if (!subscribed)
                {
                    // Once is enough: the client subscribes again by itself after it has reconnected.
                    await multiplexer.GetSubscriber()
                        .SubscribeAsync(Channel, (_, message) => Published?.Invoke((string?)message ?? ""))
                        .WaitAsync(PingPatience, _time, stoppingToken);
                    subscribed = true;
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                _trouble = SaysNo(exception) ? _refused : _silent;
            }

            _attempted.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Whether what lies there can be used. Asked again and again: a newer replica may have come meanwhile.</summary>
    private async Task<bool> IsOurSchemaAsync(IDatabase database)
    {
        var found = (string?)await database.StringGetAsync(SchemaKey);
        if (found is null)
        {
            await database.StringSetAsync(SchemaKey, Schema, when: When.NotExists);
            found = (string?)await database.StringGetAsync(SchemaKey);
        }

        if (found == Schema)
            return true;
        _trouble = $"Redis at {_where} holds the data of another version (schema {found}, not {Schema}): run the version that the other replicas run, or give this one a Redis of its own.";
        return false;
    }

    private static bool SaysNo(Exception exception) => exception.ToString() is var text
        && (text.Contains("NOAUTH", StringComparison.Ordinal) || text.Contains("WRONGPASS", StringComparison.Ordinal)
            || text.Contains("AuthenticationFailure", StringComparison.Ordinal));

    private static string Describe(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";
}
