namespace Aspire.StackExchange.Redis;

/// <summary>How to reach Redis; read from the section <c>Aspire:StackExchange:Redis</c> and from the connection string.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>As StackExchange.Redis parses it: <c>host:port,password=…</c></summary>
    public string? ConnectionString { get; set; }

    /// <summary>Default false. Here the connection is opened when it is first asked for, never at the start, so that it changes nothing.</summary>
    public bool DisableAutoActivation { get; set; }

    /// <summary>Leaves the health check out. Default false.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Default false. There is no instrumentation for this client on a restricted feed, so that it changes nothing.</summary>
    public bool DisableTracing { get; set; }
}
