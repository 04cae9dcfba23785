using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// The connection to Redis, shared by all calls. It is opened in the background, so that an unreachable Redis neither
/// delays the start nor ends the process.
/// </summary>
internal sealed class RedisConnection : BackgroundService
{
    private const string SchemaKey = "p2pchat:schema";

    // Increased when older replicas can no longer share the data; see docs/protocol.md, section 13.
    private const string Schema = "1";

    // Without a connection a check fails at once, so it can be repeated often.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    // While the password is refused, the client reports it about once per second. If Redis then stops answering, the
    // client reports nothing, so a refusal expires.
    private static readonly TimeSpan RefusalLifetime = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IServiceProvider _services;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _timeout;
    private readonly string _noAnswer;
    private readonly string _wrongPassword;
    private readonly string _endPoints;
    private IConnectionMultiplexer? _multiplexer;
    private bool _isSubscribed;
    private volatile bool _isUsable;
    private volatile bool _isCluster = true;
    private volatile string _cause;
    private long _refusedAt;

    /// <param name="services">Resolves the client, which connects when it is first resolved.</param>
    public RedisConnection(
        IServiceProvider services,
        ConnectionFailures failures,
        IConfiguration configuration,
        IOptions<DirectoryOptions> options,
        TimeProvider timeProvider
    )
    {
        _services = services;
        _timeProvider = timeProvider;
        _timeout = options.Value.StoreTimeout;
        var parsed = ConfigurationOptions.Parse(
            configuration.GetConnectionString(StorageSetup.RedisConnectionName) ?? ""
        );
        _endPoints = string.Join(", ", parsed.EndPoints.Select(Describe));
        _noAnswer = $"Redis at {_endPoints} does not answer. Check that it runs, and ConnectionStrings:redis.";
        _wrongPassword = $"Redis at {_endPoints} refuses the password. Check ConnectionStrings:redis.";
        _cause = _noAnswer;
        failures.Failed += OnConnectionFailed;
    }

    /// <summary>Raised with each message published on <see cref="Channel"/>.</summary>
    public event Action<string>? Published;

    /// <summary>Raised with each message published on <see cref="SignalChannel"/>.</summary>
    public event Action<ReadOnlyMemory<byte>>? SignalPublished;

    /// <summary>The channel of <see cref="RedisSignalBus"/>.</summary>
    public static RedisChannel SignalChannel { get; } = new("p2pchat:signals", RedisChannel.PatternMode.Literal);

    /// <summary>The channel on which scripts announce that a shard has news.</summary>
    public static RedisChannel Channel { get; } = new("p2pchat:events", RedisChannel.PatternMode.Literal);

    /// <summary>Whether all keys of a script must be in one shard. True until the server type is known.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Whether Redis answered, but with an error or unreadable data. Other calls may succeed.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is StoreUnavailableException { InnerException: RedisServerException or FormatException };

    /// <exception cref="StoreUnavailableException">There is no usable connection.</exception>
    private IDatabase Database =>
        _isUsable && _multiplexer is { IsConnected: true } multiplexer
            ? multiplexer.GetDatabase()
            : throw new StoreUnavailableException(Cause);

    private string Cause =>
        _cause == _wrongPassword && _timeProvider.GetElapsedTime(Volatile.Read(ref _refusedAt)) >= RefusalLifetime
            ? _noAnswer
            : _cause;

    /// <exception cref="StoreUnavailableException">
    /// Redis is unreachable, did not answer in time, or returned an error.
    /// </exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            // The client checks for time-outs only once a second; this limit is exact.
            return await call(Database).WaitAsync(_timeout, _timeProvider, cancellationToken);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw new StoreUnavailableException(Explain(exception), exception);
        }
    }

    /// <inheritdoc cref="CallAsync"/>
    public async Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        RedisKey[] keys,
        CancellationToken cancellationToken,
        params RedisValue[] values
    )
    {
        // Same as CallAsync without its closure and extra task, because every renewal takes this path.
        try
        {
            return new(
                await script.EvaluateAsync(Database, keys, values).WaitAsync(_timeout, _timeProvider, cancellationToken)
            );
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw new StoreUnavailableException(Explain(exception), exception);
        }
    }

    private static bool IsUnavailable(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Explains to the operator why a call failed.</summary>
    private string Explain(Exception exception) =>
        exception switch
        {
            TimeoutException => "Redis did not answer in time.",
            RedisServerException { Kind: RedisErrorKind.NoAuth or RedisErrorKind.WrongPass } => _wrongPassword,
            // The first word is the kind (OOM, LOADING, CLUSTERDOWN, …); the rest may contain keys.
            RedisServerException => $"Redis refused a call: {exception.Message.Split(' ', 2)[0]}.",
            _ => Cause,
        };

    /// <summary>Waits for Redis for as long as the store time-out, so that the first calls usually find it.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        try
        {
            await _ready.Task.WaitAsync(_timeout, _timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Start without Redis; it is retried in the background.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first connect blocks for up to the client's connect time-out; a stop does not wait for it.
        var connect = Task.Run(_services.GetRequiredService<IConnectionMultiplexer>, stoppingToken);
        var multiplexer = await connect.WaitAsync(stoppingToken);
        _multiplexer = multiplexer;

        using var timer = new PeriodicTimer(RetryInterval, _timeProvider);
        do
        {
            try
            {
                await CheckAsync(multiplexer).WaitAsync(stoppingToken);
                timer.Period = CheckInterval;
                _ready.TrySetResult();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                timer.Period = RetryInterval;
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync(IConnectionMultiplexer multiplexer)
    {
        _isUsable = await HasOurSchemaAsync(multiplexer.GetDatabase());
        _isCluster = multiplexer.GetServers().Any(server => server.ServerType == ServerType.Cluster);
        if (_isSubscribed)
        {
            return;
        }
        // Once is enough, even if it fails: the client subscribes again on each connect.
        _isSubscribed = true;
        var subscriber = multiplexer.GetSubscriber();
        // Both are started, even if the other fails.
        await Task.WhenAll(
            subscriber.SubscribeAsync(SignalChannel, (_, message) => SignalPublished?.Invoke(message)),
            subscriber.SubscribeAsync(Channel, (_, message) => Published?.Invoke((string?)message ?? ""))
        );
    }

    private void OnConnectionFailed(RedisConnectionException failure)
    {
        if (failure.FailureType == ConnectionFailureType.AuthenticationFailure)
        {
            Volatile.Write(ref _refusedAt, _timeProvider.GetTimestamp());
            _cause = _wrongPassword;
        }
        else if (failure.InnerException is SocketException)
        {
            _cause = _noAnswer;
        }
    }

    /// <summary>Checks the schema of the data. Repeated, because a newer replica may change it at any time.</summary>
    private async Task<bool> HasOurSchemaAsync(IDatabase database)
    {
        var found = (string?)await database.StringGetAsync(SchemaKey);
        if (found is null)
        {
            await database.StringSetAsync(SchemaKey, Schema, when: When.NotExists);
            found = (string?)await database.StringGetAsync(SchemaKey);
        }

        if (found == Schema)
        {
            _cause = _noAnswer;
            return true;
        }

        _cause =
            $"Redis at {_endPoints} holds data of another version (schema {found}, not {Schema}). Run the same "
            + "version as the other replicas, or give this one its own Redis.";
        return false;
    }

    private static string Describe(EndPoint endPoint) =>
        endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";
}
