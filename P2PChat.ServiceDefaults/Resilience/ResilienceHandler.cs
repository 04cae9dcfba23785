using Polly;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>
/// Sends each request through its client's pipeline: total time-out, retries with jitter, circuit breaker, time-out of each
/// try. Only a call that may safely be made twice is retried.
/// </summary>
/// <remarks>
/// Besides what HttpClient throws, a caller sees Polly's <see cref="ExecutionRejectedException"/>: as
/// <see cref="Polly.CircuitBreaker.BrokenCircuitException"/> where nothing was sent, and as
/// <see cref="Polly.Timeout.TimeoutRejectedException"/> where time ran out.
/// </remarks>
public sealed class ResilienceHandler : DelegatingHandler
{
    /// <summary>
    /// True lets a POST or DELETE be retried that its sender knows to be idempotent; false keeps a GET or PUT from it.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> Idempotent = new("p2pchat.idempotent");

    /// <summary>
    /// True sends a call at once and once, whatever the breaker thinks of the server: there will be no later. How long it may
    /// take is its caller's to say.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> NowOrNever = new("p2pchat.now_or_never");

    private readonly HttpResiliencePipeline _pipeline;

    internal ResilienceHandler(HttpResiliencePipeline pipeline) => _pipeline = pipeline;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Options.TryGetValue(NowOrNever, out var now) && now) return await base.SendAsync(request, cancellationToken);
        // A body that is written as it is sent could not be sent again.
        if (request.Content is { } content && MayRepeat(request)) await content.LoadIntoBufferAsync(cancellationToken);
        return await _pipeline.SendAsync(request, base.SendAsync, cancellationToken);
    }

    internal static bool MayRepeat(HttpRequestMessage request) =>
        request.Options.TryGetValue(Idempotent, out var told)
            ? told
            : request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Put;
}
