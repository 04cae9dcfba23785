using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Http.Resilience;
using P2PChat.Protocol.DirectoryApi;
using Polly;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>
/// Builds the strategies of one client's pipeline. Decision 0020 says what the library's defaults lack.
/// </summary>
internal sealed class HttpResilience(string client, ResilienceOptions options, TimeProvider timeProvider)
{
    private static readonly ResiliencePropertyKey<(long Started, Activity? Span)> CallKey = new("p2pchat.call");

    private readonly ResilienceEvents _events = new(client);

    public void AddTo(ResiliencePipelineBuilder<HttpResponseMessage> pipeline)
    {
        pipeline.AddTimeout(
            new HttpTimeoutStrategyOptions
            {
                // The outermost strategy runs once, when the call begins.
                TimeoutGenerator = arguments =>
                {
                    arguments.Context.Properties.Set(CallKey, (timeProvider.GetTimestamp(), Activity.Current));
                    return new(options.TotalTimeout);
                },
                OnTimeout = _ => _events.TimedOut("total"),
            }
        );
        if (options.MaxRetries > 0)
        {
            pipeline.AddRetry(
                new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = options.MaxRetries,
                    Delay = options.RetryDelay,
                    MaxDelay = options.MaxRetryDelay,
                    ShouldHandle = arguments => new(ShouldRetry(arguments.Context, arguments.Outcome)),
                    // Null leaves the delay to the backoff. The library's generator uses the system clock for dates.
                    DelayGenerator = arguments => new(RetryAfter(arguments.Outcome.Result)),
                    OnRetry = arguments => _events.Retried(arguments.AttemptNumber + 1, arguments.Outcome),
                }
            );
        }

        pipeline.AddCircuitBreaker(
            new HttpCircuitBreakerStrategyOptions
            {
                FailureRatio = options.BreakerFailureRatio,
                MinimumThroughput = options.BreakerMinimumTries,
                SamplingDuration = options.BreakerWindow,
                BreakDuration = options.BreakDuration,
                ManualControl = options.BreakerControl,
                // A server that sends Retry-After is reachable, and other calls to it may succeed.
                ShouldHandle = arguments =>
                    new(IsFailure(arguments.Outcome) && RetryAfter(arguments.Outcome.Result) is null),
                OnOpened = arguments => _events.BreakerOpened(arguments.Outcome, CallOf(arguments.Context).Span),
            }
        );
        pipeline.AddTimeout(
            new HttpTimeoutStrategyOptions { Timeout = options.TryTimeout, OnTimeout = _ => _events.TimedOut("try") }
        );
    }

    private bool ShouldRetry(ResilienceContext context, Outcome<HttpResponseMessage> outcome)
    {
#pragma warning disable EXTEXP0001 // Without a response, this is the only access to the request.
        if (!ResilienceKeys.MayRepeat(context.GetRequestMessage()!))
        {
            return false;
        }
#pragma warning restore EXTEXP0001
        var wait = RetryAfter(outcome.Result);
        // An answer now is better than a timeout later.
        if (wait > options.TotalTimeout - timeProvider.GetElapsedTime(CallOf(context).Started))
        {
            return false;
        }

        return IsFailure(outcome) || (wait is not null && outcome.Result!.StatusCode == HttpStatusCode.TooManyRequests);
    }

    // The library treats 429 as transient. Without a Retry-After, a retry would only get another one.
    private static bool IsFailure(Outcome<HttpResponseMessage> outcome) =>
        HttpClientResiliencePredicates.IsTransient(outcome)
        && outcome.Result?.StatusCode != HttpStatusCode.TooManyRequests;

    private TimeSpan? RetryAfter(HttpResponseMessage? response)
    {
        var header = response?.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - timeProvider.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static (long Started, Activity? Span) CallOf(ResilienceContext context) =>
        context.Properties.GetValue(CallKey, default);
}
