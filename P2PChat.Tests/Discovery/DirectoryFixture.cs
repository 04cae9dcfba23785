using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2PChat.Discovery.Files;
using P2PChat.Discovery.Hosting;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Infrastructure;
using StackExchange.Redis;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Discovery;

/// <summary>
/// Runs the directory in this process on a free loopback port, with a client for it. Rate limits are off unless a test
/// turns them on.
/// </summary>
public sealed class DirectoryFixture : IAsyncDisposable
{
    /// <summary>
    /// For tests whose store is always available: on a busy machine it may answer later than the default time-out.
    /// </summary>
    public const string PatientWithStore = "Directory:StoreTimeout=00:00:30";

    private readonly WebApplication _app;

    private DirectoryFixture(WebApplication app, LogCapture logs)
    {
        _app = app;
        Logs = logs;
        Address = new Uri(app.Urls.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public LogCapture Logs { get; }

    /// <summary>The services of this replica.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>The peers that this replica would return if its store were unavailable.</summary>
    internal LastKnownPeers Memory => _app.Services.GetRequiredService<LastKnownPeers>();

    /// <summary>The store of this replica.</summary>
    internal IPeerStore Store => _app.Services.GetRequiredService<IPeerStore>();

    /// <summary>The mailbox store of this replica.</summary>
    internal IMailboxStore Mail => _app.Services.GetRequiredService<IMailboxStore>();

    /// <summary>The join codes and members of this replica's store.</summary>
    internal IMembershipStore Members => _app.Services.GetRequiredService<IMembershipStore>();

    /// <summary>The sweeper of this replica's files.</summary>
    internal FileSweeper Sweeper => _app.Services.GetRequiredService<FileSweeper>();

    /// <summary>The request boxes of this replica's store.</summary>
    internal IRequestStore Requests => _app.Services.GetRequiredService<IRequestStore>();

    /// <summary>
    /// The scope of this directory's meters, which distinguishes them from others in the same process.
    /// </summary>
    public IMeterFactory Meters => _app.Services.GetRequiredService<IMeterFactory>();

    /// <summary>Starts a directory, and waits until it has reached its store and receives its notifications.</summary>
    /// <param name="settings">
    /// Settings as on the command line: <c>Directory:Lease=00:00:01</c>. Later ones override earlier ones.
    /// </param>
    public static async Task<DirectoryFixture> StartAsync(params string[] settings)
    {
        var directory = await StartWithoutStoreAsync(settings);
        // The in-memory store is ready at once, and probing it would disturb tests that count calls.
        if (!settings.Any(setting => setting.StartsWith("ConnectionStrings:redis=", StringComparison.Ordinal)))
        {
            return directory;
        }

        const string WithToken = "Directory:JoinToken=";
        var token = settings.LastOrDefault(setting => setting.StartsWith(WithToken, StringComparison.Ordinal));
        if (token is not null)
        {
            directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, token[WithToken.Length..]);
        }

        try
        {
            await Eventually.True(
                directory.HasStoreAsync,
                TimeSpan.FromSeconds(60),
                "the directory has reached its store"
            );
            await directory.ReceivesNotificationsAsync();
            _ = directory.Http.DefaultRequestHeaders.Remove(DirectoryHeaders.JoinToken);
            return directory;
        }
        catch
        {
            await directory.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a directory whose store may be unavailable.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static Task<DirectoryFixture> StartWithoutStoreAsync(params string[] settings) =>
        StartWithoutStoreAsync(configure: null, settings);

    /// <param name="configure">Changes the host before it is built.</param>
    /// <inheritdoc cref="StartWithoutStoreAsync(string[])"/>
    public static async Task<DirectoryFixture> StartWithoutStoreAsync(
        Action<WebApplicationBuilder>? configure,
        string[] settings
    )
    {
        string[] defaults =
        [
            "urls=http://127.0.0.1:0",
            "Logging:Console:LogLevel:Default=None",
            "Directory:RateLimits:Enabled=false",
            "Directory:PollEvery=00:00:00.100",
            "Directory:SweepEvery=00:00:00.050",
        ];
        var app = DiscoveryApp.Build([.. defaults.Concat(settings).Select(setting => "--" + setting)], configure);
        var logs = new LogCapture();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
        try
        {
            await app.StartAsync();
            return new DirectoryFixture(app, logs);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async Task<string> GetIdAsync() =>
        (await Http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web))!.DirectoryId;

    /// <summary>Registers. Fails the test if that is refused.</summary>
    public async Task<RegistrationResponse> RegisterAsync(TestIdentity identity, Action<PeerRecord>? change = null)
    {
        using var response = await PutAsync(identity.Username, identity.Register(await GetIdAsync(), change));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<RegistrationResponse>(JsonSerializerOptions.Web))!;
    }

    public Task<HttpResponseMessage> PutAsync(string username, SignedRecordBody body) =>
        Http.PutAsJsonAsync($"/peers/{username}", body, JsonSerializerOptions.Web);

    public Task<HttpResponseMessage> RenewAsync(string username, string leaseToken) =>
        SendAsync(HttpMethod.Post, $"/peers/{username}/lease", leaseToken);

    public async Task<HttpResponseMessage> UnregisterAsync(
        TestIdentity identity,
        bool release = false,
        Action<PeerRecord>? change = null
    )
    {
        var body = identity.Leave(await GetIdAsync(), record =>
        {
            record.Release = release;
            change?.Invoke(record);
        });
        return await DeleteAsync($"/peers/{identity.Username}{(release ? "?release=true" : "")}", body);
    }

    public Task<HttpResponseMessage> DeleteAsync(string path, SignedRecordBody body) =>
        SendAsync(HttpMethod.Delete, path, content: JsonContent.Create(body, options: JsonSerializerOptions.Web));

    /// <summary>Checks both probes, which return 200 regardless of the store.</summary>
    public async Task<bool> HealthIsAsync(string status)
    {
        using var alive = await SendAsync(HttpMethod.Get, "/alive");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using var health = await SendAsync(HttpMethod.Get, "/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        var body = JsonDocument.Parse(await health.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("status").GetString() == status;
    }

    /// <returns>The peer; null if the name is not claimed.</returns>
    public async Task<PeerDetails?> FindAsync(string username, string? leaseToken = null)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/peers/{username}", leaseToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<PeerDetails>(JsonSerializerOptions.Web);
    }

    public async Task<PeerListing> ListAsync(string query = "") =>
        (await Http.GetFromJsonAsync<PeerListing>("/peers" + query, JsonSerializerOptions.Web))!;

    /// <summary>Opens an event stream, and waits until it is subscribed.</summary>
    public Task<EventReader> ListenAsync(string? names = null, string? lastEventId = null) =>
        EventReader.OpenAsync(Http, names is null ? "/peers/events" : $"/peers/events?names={names}", lastEventId);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? leaseToken = null,
        HttpContent? content = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (leaseToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", leaseToken);
        }

        return await Http.SendAsync(request);
    }

    private async Task<bool> HasStoreAsync()
    {
        await GetIdAsync();
        await using var events = await ListenAsync();
        return true;
    }

    // The directory subscribes only after its first calls to Redis. Until then it would notice changes only by polling.
    private async Task ReceivesNotificationsAsync()
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnPublished(string message) => received.TrySetResult();
        var publisher = _app.Services.GetRequiredService<IConnectionMultiplexer>().GetSubscriber();
        var connection = _app.Services.GetRequiredService<RedisConnection>();
        connection.Published += OnPublished;
        await Eventually.True(
            async () =>
            {
                // A message that names no shard.
                await publisher.PublishAsync(RedisConnection.Channel, "anybody");
                return received.Task.IsCompleted;
            },
            TimeSpan.FromSeconds(60),
            "the directory receives notifications from Redis"
        );
        connection.Published -= OnPublished;
    }

    /// <summary>Stops the directory gracefully.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
