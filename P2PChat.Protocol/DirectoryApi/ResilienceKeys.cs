namespace P2PChat.Protocol.DirectoryApi;

/// <summary>Request options for the HTTP client's resilience pipeline.</summary>
public static class ResilienceKeys
{
    /// <summary>
    /// True lets a POST or DELETE be retried because its sender knows that it is idempotent; false excludes a GET or
    /// PUT. The body must be replayable.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> Idempotent = new("p2pchat.idempotent");

    /// <summary>
    /// True sends a call immediately and once, even while the breaker is open, because there is no second chance. The
    /// caller sets its own time-out.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> NowOrNever = new("p2pchat.now_or_never");

    /// <summary>Reads <see cref="NowOrNever"/>.</summary>
    public static bool IsNowOrNever(HttpRequestMessage request) =>
        request.Options.TryGetValue(NowOrNever, out var isNowOrNever) && isNowOrNever;

    /// <summary>Reads <see cref="Idempotent"/>; without it, GET, HEAD and PUT may be repeated.</summary>
    public static bool MayRepeat(HttpRequestMessage request) =>
        request.Options.TryGetValue(Idempotent, out var isIdempotent)
            ? isIdempotent
            : request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Put;
}
