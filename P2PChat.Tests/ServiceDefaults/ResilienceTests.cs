using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Resilience;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class ResilienceTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    // Counters are shared by the process. The client's name identifies those of this test.
    private readonly string _clientName = $"client-{Guid.NewGuid():N}";
    private readonly ManualClock _clock = new();
    private readonly LogCapture _log = new();
    private ScriptedServer _server = null!;
    private ServiceProvider? _services;

    public async Task InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public void Dispose() => _log.Dispose();

    public async Task DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Call_failing_twice_succeeds_on_the_third_attempt()
    {
        _server
            .Then(HttpStatusCode.ServiceUnavailable)
            .Then(HttpStatusCode.InternalServerError)
            .Then(HttpStatusCode.OK);
        using var counted = new Counted(_clientName);

        var call = Client().PutAsJsonAsync("peers/a", new { word = "whole" });
        await PassAsync(call, TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        // Each attempt sends the whole body.
        Assert.Equal(Enumerable.Repeat("""PUT /peers/a {"word":"whole"}""", 3), _server.Requests);
        Assert.Equal(["p2pchat.resilience.retries 503", "p2pchat.resilience.retries 500"], counted.Events);
    }

    [Fact]
    public async Task Last_response_reaches_the_caller_unchanged()
    {
        _server.Then(HttpStatusCode.BadGateway).Then(HttpStatusCode.BadGateway);

        var call = Client(options => options.MaxRetries = 1).GetAsync("peers");
        await PassAsync(call, TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.BadGateway, (await call).StatusCode);
        Assert.Equal(2, _server.Requests.Count);
        // Metrics and the caller report the failure.
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Unsafe_call_is_not_retried(string method)
    {
        _server.Then(HttpStatusCode.ServiceUnavailable);

        var answer = await Client().SendAsync(new HttpRequestMessage(new HttpMethod(method), "peers/a"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Call_marked_as_idempotent_is_retried()
    {
        _server.Then(HttpStatusCode.ServiceUnavailable).Then(HttpStatusCode.NoContent);
        using var request = new HttpRequestMessage(HttpMethod.Delete, "peers/a");
        request.Options.Set(ResilienceKeys.Idempotent, true);

        var call = Client().SendAsync(request);
        await PassAsync(call, TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.NoContent, (await call).StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.TooManyRequests)] // without a Retry-After
    public async Task Permanent_error_is_not_retried(HttpStatusCode status)
    {
        _server.Then(status);

        Assert.Equal(status, (await Client().GetAsync("peers/a")).StatusCode);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task Retry_waits_as_long_as_Retry_After_says(HttpStatusCode status)
    {
        _server.Then(status, retryAfter: TimeSpan.FromSeconds(7)).Then(HttpStatusCode.OK);

        var call = Client().GetAsync("peers/a");
        await Eventually.True(() => _clock.Waiting.Contains(TimeSpan.FromSeconds(7)), Soon, "the client waits for 7 s");
        _clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(_server.Requests);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    [Fact]
    public async Task Retry_After_beyond_the_total_timeout_is_left_to_the_caller()
    {
        _server.Then(HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromMinutes(1));

        var answer = await Client().GetAsync("peers/a");

        Assert.Equal(TimeSpan.FromMinutes(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Hanging_attempt_times_out_and_is_retried()
    {
        using var counted = new Counted(_clientName);
        var call = Client().GetAsync("peers/a");
        await Eventually.True(() => _server.Requests.Count == 1, Soon, "the first attempt has arrived");
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.True(
            () => counted.Events.Contains("p2pchat.resilience.timeouts try"),
            Soon,
            "the try times out"
        );
        await Eventually.True(() => _server.Waiting == 0, Soon, "the abandoned attempt gets no response");
        _server.Then(HttpStatusCode.OK);
        await PassAsync(call, TimeSpan.FromSeconds(4));

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    [Fact]
    public async Task Call_ends_at_its_total_timeout()
    {
        using var counted = new Counted(_clientName);
        var call = Client(options => options.TryTimeout = options.TotalTimeout).GetAsync("peers/a");
        await Eventually.True(() => _server.Requests.Count == 1, Soon, "the first attempt has arrived");
        _clock.Advance(TimeSpan.FromSeconds(15));

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => call);
        Assert.Contains("p2pchat.resilience.timeouts total", counted.Events);
    }

    [Fact]
    public async Task Open_breaker_sends_nothing_until_a_probe_closes_it()
    {
        using var counted = new Counted(_clientName);
        var client = Client(options => options.BreakerMinimumTries = 2);
        _server.Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.InternalServerError);
        await client.PostAsync("lease", null);
        await client.PostAsync("lease", null);

        await Assert.ThrowsAsync<BrokenCircuitException>(() => client.PostAsync("lease", null));
        Assert.Equal(2, _server.Requests.Count);
        Assert.Equal(["p2pchat.resilience.breaker_openings 500"], counted.Events);

        _clock.Advance(TimeSpan.FromSeconds(5));
        _server.Then(HttpStatusCode.OK).Then(HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("lease", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("lease", null)).StatusCode);
    }

    [Fact]
    public async Task Breaker_closed_by_its_control_sends_at_once()
    {
        ResilienceOptions? used = null;
        var client = Client(options => (used = options).BreakerMinimumTries = 2);
        _server
            .Then(HttpStatusCode.InternalServerError)
            .Then(HttpStatusCode.InternalServerError)
            .Then(HttpStatusCode.OK);
        await client.PostAsync("lease", null);
        await client.PostAsync("lease", null);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => client.PostAsync("lease", null));

        await used!.BreakerControl.CloseAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("lease", null)).StatusCode);
    }

    [Fact]
    public async Task Now_or_never_call_bypasses_an_open_breaker()
    {
        var client = Client(options => options.BreakerMinimumTries = 2);
        _server
            .Then(HttpStatusCode.InternalServerError)
            .Then(HttpStatusCode.InternalServerError)
            .Then(HttpStatusCode.NoContent);
        await client.PostAsync("lease", null);
        await client.PostAsync("lease", null);
        using var leave = new HttpRequestMessage(HttpMethod.Delete, "peers/alice");
        leave.Options.Set(ResilienceKeys.NowOrNever, true);

        Assert.Equal(HttpStatusCode.NoContent, (await client.SendAsync(leave)).StatusCode);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => client.PostAsync("lease", null));
    }

    [Fact]
    public async Task Retry_After_does_not_open_the_breaker()
    {
        var client = Client(options => options.BreakerMinimumTries = 2);
        for (var i = 0; i < 4; i++)
        {
            _server.Then(HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromMinutes(1));
        }

        for (var i = 0; i < 4; i++)
        {
            await client.PostAsync("lease", null);
        }

        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task Unreachable_server_is_retried()
    {
        using var counted = new Counted(_clientName);
        // The clock stands still during an attempt, so only delays advance it.
        var call = Client(
                options => options.MaxRetryDelay = TimeSpan.FromSeconds(2),
                new Uri($"http://127.0.0.1:{LoopbackPort.Next()}")
            )
            .GetAsync("peers");
        await PassAsync(call, TimeSpan.FromSeconds(5));

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.Equal(Enumerable.Repeat($"p2pchat.resilience.retries http_request_exception", 3), counted.Events);
    }

    [Fact]
    public async Task Retry_is_an_event_on_the_callers_span()
    {
        _server.Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.OK);
        using var span = new Activity("caller").Start();

        var call = Client().GetAsync("peers");
        await PassAsync(call, TimeSpan.FromSeconds(5));
        await call;

        Assert.Equal("p2pchat.resilience.retry", Assert.Single(span.Events).Name);
    }

    [Fact]
    public void Contradicting_options_are_refused()
    {
        var exception = Assert.Throws<OptionsValidationException>(() =>
            Client(options => options.TryTimeout = TimeSpan.FromMinutes(1))
        );

        Assert.Contains(nameof(ResilienceOptions.TryTimeout), exception.Message, StringComparison.Ordinal);
    }

    private HttpClient Client(Action<ResilienceOptions>? configure = null, Uri? address = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddLogging(logging => logging.AddProvider(_log));
        services
            .AddHttpClient(_clientName, client => client.BaseAddress = address ?? _server.Address)
            .AddResilience(configure);
        _services = services.BuildServiceProvider();
        // The host validates options when it starts.
        _services.GetRequiredService<IStartupValidator>().Validate();
        return _services.GetRequiredService<IHttpClientFactory>().CreateClient(_clientName);
    }

    // Advances the clock in steps no longer than a delay until the call has ended.
    private async Task PassAsync(Task call, TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(50);
        await Eventually.True(
            () =>
            {
                if (_clock.Waiting.Any(wait => wait < time))
                {
                    _clock.Advance(step);
                }

                return call.IsCompleted;
            },
            Soon,
            "the call ends"
        );
    }

    /// <summary>Measurements of one client's counters, with their reason or scope.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<string> _events = [];

        public Counted(string client)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (
                    instrument.Meter == Telemetry.Meter
                    && instrument.Name.StartsWith("p2pchat.resilience.", StringComparison.Ordinal)
                )
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>(
                (instrument, _, tags, _) =>
                {
                    var told = tags.ToArray().ToDictionary();
                    if ((string?)told["client"] != client)
                    {
                        return;
                    }

                    lock (_events)
                    {
                        _events.Add(
                            $"{instrument.Name} {told.GetValueOrDefault("reason") ?? told.GetValueOrDefault("scope")}"
                        );
                    }
                }
            );
            _listener.Start();
        }

        public IReadOnlyList<string> Events
        {
            get
            {
                lock (_events)
                {
                    return [.. _events];
                }
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
