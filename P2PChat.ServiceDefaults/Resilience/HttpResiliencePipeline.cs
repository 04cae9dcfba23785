using System.Diagnostics;
using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>One client's pipeline. It outlives the handlers that HttpClientFactory makes anew, and its breaker's state with it.</summary>
internal sealed class HttpResiliencePipeline
{
    private static readonly ResiliencePropertyKey<Call> CallKey = new("p2pchat.call");

    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private readonly ResilienceOptions _options;
    private readonly TimeProvider _clock;
    private readonly ResilienceEvents _events;

    public HttpResiliencePipeline(string client, ResilienceOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _events = new ResilienceEvents(client);

        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock };
        builder.AddTimeout(Timeout(options.TotalTimeout, "total"));
        if (options.MaxRetries > 0) builder.AddRetry(Retry());
        builder.AddCircuitBreaker(Breaker());
        builder.AddTimeout(Timeout(options.TryTimeout, "try"));
        _pipeline = builder.Build();
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send,
        CancellationToken cancellation)
    {
        var context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(CallKey, new Call(request, _clock.GetTimestamp(), Activity.Current));
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (context, work) => await work.send(work.request, context.CancellationToken),
                context,
                (request, send));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private RetryStrategyOptions<HttpResponseMessage> Retry() => new()
    {
        MaxRetryAttempts = _options.MaxRetries,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = _options.RetryDelay,
        MaxDelay = _options.MaxRetryDelay,
        ShouldHandle = arguments => new(IsWorthARetry(arguments.Context, arguments.Outcome)),
        // Nothing (null) leaves the pause to the backoff.
        DelayGenerator = arguments => new(RetryAfter(arguments.Outcome.Result)),
        OnRetry = arguments =>
        {
            _events.Retried(arguments.AttemptNumber + 1, arguments.Outcome);
            return default;
        },
    };

    private CircuitBreakerStrategyOptions<HttpResponseMessage> Breaker() => new()
    {
        FailureRatio = _options.BreakerFailureRatio,
        MinimumThroughput = _options.BreakerMinimumTries,
        SamplingDuration = _options.BreakerWindow,
        BreakDuration = _options.BreakDuration,
        ShouldHandle = arguments => new(SpeaksAgainstTheServer(arguments.Outcome)),
        OnOpened = arguments =>
        {
            _events.BreakerOpened(arguments.Outcome, arguments.Context.Properties.GetValue(CallKey, default).Span);
            return default;
        },
    };

    private TimeoutStrategyOptions Timeout(TimeSpan timeout, string scope) => new()
    {
        Timeout = timeout,
        OnTimeout = _ =>
        {
            _events.TimedOut(scope);
            return default;
        },
    };

    private bool IsWorthARetry(ResilienceContext context, Outcome<HttpResponseMessage> outcome)
    {
        var call = context.Properties.GetValue(CallKey, default);
        if (!ResilienceHandler.MayRepeat(call.Request)) return false;
        if (outcome.Exception is not null) return outcome.Exception is HttpRequestException or TimeoutRejectedException;
        if (outcome.Result is not { } response) return false;

        var wait = RetryAfter(response);
        // The caller is better served by an answer now than by a time-out then.
        if (wait > _options.TotalTimeout - _clock.GetElapsedTime(call.Started)) return false;
        return IsFailure(response.StatusCode) || (response.StatusCode == HttpStatusCode.TooManyRequests && wait is not null);
    }

    // A server that says when to come back is there, and other calls to it may well succeed.
    private bool SpeaksAgainstTheServer(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException
        || (outcome.Result is { } response && IsFailure(response.StatusCode) && RetryAfter(response) is null);

    private static bool IsFailure(HttpStatusCode status) => status is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout;

    private TimeSpan? RetryAfter(HttpResponseMessage? response)
    {
        var header = response?.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - _clock.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private readonly record struct Call(HttpRequestMessage Request, long Started, Activity? Span);
}
