using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// The one connection to Redis, shared by all calls. It is opened in the background: a Redis that is away neither holds up
/// the start nor ends the process.
/// </summary>
internal sealed class RedisConnection : BackgroundService
{
    private const string SchemaKey = "p2pchat:schema";

    // Raised when an older replica could no longer work next to this one; see docs/protocol.md, section 13.
    private const string Schema = "1";

    // A check of a client that has no connection fails at once, so it can be repeated often.
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly string _silent;
    private readonly string _refused;
    private readonly string _where;
    private IConnectionMultiplexer? _multiplexer;
    private bool _isSubscribed;
    private volatile bool _mayUse;
    private volatile bool _isCluster = true;
    private volatile string _trouble;

    /// <param name="services">Asked for the connection, which the container opens when it is first asked.</param>
    public RedisConnection(
        IServiceProvider services,
        ConnectionFailures failures,
        IConfiguration configuration,
        IOptions<DirectoryOptions> options,
        TimeProvider time
    )
    {
        _services = services;
        _time = time;
        _timeout = options.Value.StoreTimeout;
        var parsed = ConfigurationOptions.Parse(
            configuration.GetConnectionString(PeersSetup.RedisConnectionName) ?? ""
        );
        _where = string.Join(", ", parsed.EndPoints.Select(Describe));
        _silent = $"Redis at {_where} does not answer: check that it runs, and ConnectionStrings:redis.";
        _refused = $"Redis at {_where} refuses the password: check ConnectionStrings:redis.";
        _trouble = _silent;
        failures.Failed += OnConnectionFailed;
    }

    /// <summary>Somebody published on <see cref="Channel"/>; the argument is the message.</summary>
    public event Action<string>? Published;

    /// <summary>Where the scripts say that a shard has news.</summary>
    public static RedisChannel Channel { get; } = new("p2pchat:events", RedisChannel.PatternMode.Literal);

    /// <summary>Whether a script may have keys of one shard only. True until it is known better.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Whether Redis answered, but with an error or unreadable data. Other calls may succeed.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is StoreUnavailableException { InnerException: RedisServerException or FormatException };

    /// <exception cref="StoreUnavailableException">There is no connection, or none that may be used; the message says why.</exception>
    private IDatabase Database =>
        _mayUse && _multiplexer is { IsConnected: true } multiplexer
            ? multiplexer.GetDatabase()
            : throw new StoreUnavailableException(_trouble);

    /// <exception cref="StoreUnavailableException">Redis is away, or did not answer in time.</exception>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            // The client checks for time-outs only once a second; this limit is exact.
            return await call(Database).WaitAsync(_timeout, _time, cancellation);
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
        CancellationToken cancellation,
        params RedisValue[] values
    )
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

    private static bool IsUnavailable(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Why a call failed, as a sentence for whoever runs the directory.</summary>
    private string Explain(Exception exception) =>
        exception switch
        {
            TimeoutException => "Redis did not answer in time.",
            RedisServerException { Kind: RedisErrorKind.NoAuth or RedisErrorKind.WrongPass } => _refused,
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
            await _ready.Task.WaitAsync(_timeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then without it, for now.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first connect blocks for as long as the client's connect time-out; stopping does not wait for it.
        var connect = Task.Run(_services.GetRequiredService<IConnectionMultiplexer>, stoppingToken);
        var multiplexer = await connect.WaitAsync(stoppingToken);
        _multiplexer = multiplexer;

        using var timer = new PeriodicTimer(BetweenAttempts, _time);
        do
        {
            try
            {
                await CheckAsync(multiplexer).WaitAsync(stoppingToken);
                timer.Period = BetweenChecks;
                _ready.TrySetResult();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                timer.Period = BetweenAttempts;
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync(IConnectionMultiplexer multiplexer)
    {
        _mayUse = await IsOurSchemaAsync(multiplexer.GetDatabase());
        _isCluster = multiplexer.GetServers().Any(server => server.ServerType == ServerType.Cluster);
        if (_isSubscribed)
        {
            return;
        }
        // Once is enough, even if it fails: the client subscribes again whenever it connects.
        _isSubscribed = true;
        var subscriber = multiplexer.GetSubscriber();
        await subscriber.SubscribeAsync(Channel, (_, message) => Published?.Invoke((string?)message ?? ""));
    }

    private void OnConnectionFailed(RedisConnectionException failure)
    {
        if (failure.FailureType == ConnectionFailureType.AuthenticationFailure)
        {
            _trouble = _refused;
        }
        else if (failure.InnerException is SocketException)
        {
            _trouble = _silent;
        }
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
        {
            _trouble = _silent;
            return true;
        }

        _trouble =
            $"Redis at {_where} holds the data of another version (schema {found}, not {Schema}): run the version that the other replicas run, or give this one a Redis of its own.";
        return false;
    }

    private static string Describe(EndPoint endPoint) =>
        endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";
}
