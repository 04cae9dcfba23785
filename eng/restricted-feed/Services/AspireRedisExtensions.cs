using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers a Redis client by the name of its connection string.</summary>
public static class AspireRedisExtensions
{
    /// <summary>Connects when it is first asked for, and goes on trying unless the connection string says <c>abortConnect=true</c>.</summary>
    public static void AddRedisClient(this IHostApplicationBuilder builder, string connectionName, Action<StackExchangeRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null)
    {
        var settings = new StackExchangeRedisSettings();
        configureSettings?.Invoke(settings);
        var address = builder.Configuration.GetConnectionString(connectionName);
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => string.IsNullOrWhiteSpace(address)
            ? throw new InvalidOperationException($"Redis has no address: set ConnectionStrings:{connectionName}.")
            : Connect(address, configureOptions));
        if (!settings.DisableHealthChecks)
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("StackExchange.Redis", services => new PingHealthCheck(services), failureStatus: null, tags: null));
    }

    private static ConnectionMultiplexer Connect(string address, Action<ConfigurationOptions>? configureOptions)
    {
        var options = ConfigurationOptions.Parse(address);
        if (!address.Contains("abortConnect=", StringComparison.OrdinalIgnoreCase)) options.AbortOnConnectFail = false;
        configureOptions?.Invoke(options);
        var redis = ConnectionMultiplexer.Connect(options);
        // As the newer clients do: otherwise what follows one answer holds up what follows the next.
        redis.PreserveAsyncOrder = false;
        return redis;
    }

    private sealed class PingHealthCheck(IServiceProvider services) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var redis = services.GetRequiredService<IConnectionMultiplexer>();
            // This client's asynchronous calls know no time-out of their own. What is thrown is the check's failure.
            await redis.GetDatabase().PingAsync().WaitAsync(TimeSpan.FromMilliseconds(redis.TimeoutMilliseconds), cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
