using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using P2PChat.Protocol.DirectoryApi;
using Polly;
using Polly.Telemetry;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>Adds a resilience pipeline to an HTTP client.</summary>
public static class ResilienceHttpClientBuilderExtensions
{
    private const string Straight = "straight";

    /// <summary>
    /// Adds a total timeout, retries with jitter, a circuit breaker and a timeout per attempt. Only requests that are
    /// safe to repeat are retried. Each client has its own circuit breaker, even for the same service.
    /// </summary>
    /// <remarks>Calls may also throw Polly's <see cref="ExecutionRejectedException"/>.</remarks>
    /// <exception cref="OptionsValidationException">
    /// The options contradict each other. Thrown when the host starts.
    /// </exception>
    public static IHttpClientBuilder AddResilience(
        this IHttpClientBuilder builder,
        Action<ResilienceOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);

        var client = builder.Name;
        builder
            .Services.AddOptions<ResilienceOptions>(client)
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder
            .AddResilienceHandler("calls", (pipeline, context) =>
            {
                if (context.InstanceName == Straight)
                {
                    return;
                }

                pipeline.TimeProvider = context.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
                var options = context.GetOptions<ResilienceOptions>(client);
                new HttpResilience(client, options, pipeline.TimeProvider).AddTo(pipeline);
            })
            .SelectPipelineBy(_ => request => ResilienceKeys.IsNowOrNever(request) ? Straight : "");

        // Metrics and the callers' messages report failures. A provider's own filter would override a log filter.
        builder.Services.PostConfigure<TelemetryOptions>(polly => polly.LoggerFactory = NullLoggerFactory.Instance);

        // Placed before service discovery, so that each attempt resolves the address again.
        return builder.ConfigureAdditionalHttpMessageHandlers(
            (handlers, _) =>
            {
                var handler = handlers.OfType<ResilienceHandler>().Single();
                handlers.Remove(handler);
                handlers.Insert(0, handler);
            }
        );
    }
}
