namespace Aspire.StackExchange.Redis;

/// <summary>What the client does besides. Here it always connects when it is first asked for, and has no instrumentation.</summary>
public sealed class StackExchangeRedisSettings
{
    public bool DisableAutoActivation { get; set; }
    public bool DisableHealthChecks { get; set; }
    public bool DisableTracing { get; set; }
}
