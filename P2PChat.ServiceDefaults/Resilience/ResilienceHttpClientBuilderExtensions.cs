using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace P2PChat.ServiceDefaults.Resilience;

/// <summary>Gives an HTTP client its <see cref="ResilienceHandler"/>.</summary>
public static class ResilienceHttpClientBuilderExtensions
{
    /// <summary>
    /// Puts the pipeline before all other handlers, so that each try asks service discovery again. The breaker is the
    /// client's: two clients of one service each have their own.
    /// </summary>
    /// <exception cref="OptionsValidationException">At the host's start, when the options contradict themselves.</exception>
    public static IHttpClientBuilder AddResilience(this IHttpClientBuilder builder, Action<ResilienceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        var client = builder.Name;
        var options = builder.Services.AddOptions<ResilienceOptions>(client).ValidateDataAnnotations().ValidateOnStart();
        if (configure is not null) options.Configure(configure);

        builder.Services.AddKeyedSingleton(client, (services, _) => new HttpResiliencePipeline(
            client,
            services.GetRequiredService<IOptionsMonitor<ResilienceOptions>>().Get(client),
            services.GetService<TimeProvider>() ?? TimeProvider.System));
        return builder.ConfigureAdditionalHttpMessageHandlers((handlers, services) =>
            handlers.Insert(0, new ResilienceHandler(services.GetRequiredKeyedService<HttpResiliencePipeline>(client))));
    }
}
