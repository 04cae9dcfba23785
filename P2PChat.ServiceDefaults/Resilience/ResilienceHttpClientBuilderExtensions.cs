using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using P2PChat.Protocol.DirectoryApi;
using Polly;
using Polly.Telemetry;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>Gives an HTTP client its resilience pipeline.</summary>
public static class ResilienceHttpClientBuilderExtensions
{
    private const string Straight = "straight";

    /// <summary>
    /// Sends each request through a total time-out, retries with jitter, a circuit breaker and a time-out per try. Only
    /// a call that may safely be made twice is retried. Each client has its own breaker, even for the same service.
    /// </summary>
    /// <remarks>A caller also sees Polly's <see cref="ExecutionRejectedException"/>.</remarks>
    /// <exception cref="OptionsValidationException">At the host's start: options contradict each other.</exception>
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

        // Our metrics and the callers' messages report failures. A provider's own filter would override a log filter.
        builder.Services.PostConfigure<TelemetryOptions>(polly => polly.LoggerFactory = NullLoggerFactory.Instance);

        // Before service discovery, so that each try asks it again.
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
