namespace P2PChat.Discovery.Stun;

/// <summary>Lets peers learn their public addresses (RFC 8489).</summary>
internal static class StunFeature
{
    public static IServiceCollection AddStun(this IServiceCollection services) =>
        services
            .AddSingleton<StunMetrics>()
            .AddSingleton<StunService>()
            .AddHostedService(provider => provider.GetRequiredService<StunService>());
}
