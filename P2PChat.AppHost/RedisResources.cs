namespace P2PChat.AppHost;

/// <summary>Adds the chosen Redis to the app, always as the resource <c>redis</c>.</summary>
public static class RedisResources
{
    private const string Name = "redis";

    /// <summary>Adds the chosen Redis, and prints the choice.</summary>
    /// <returns>Null for <see cref="RedisMode.None"/>.</returns>
    public static IResourceBuilder<IResourceWithConnectionString>? AddRedis(
        this IDistributedApplicationBuilder builder,
        RedisChoice choice
    )
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            Console.WriteLine(choice.Line);
        }

        return choice.Mode switch
        {
            RedisMode.Container => builder.AddRedisContainer(),
            RedisMode.Process => RedisProcess.Add(builder, Name),
            RedisMode.External => builder.AddConnectionString(Name),
            _ => null,
        };
    }

    private static IResourceBuilder<RedisResource> AddRedisContainer(this IDistributedApplicationBuilder builder) =>
#pragma warning disable ASPIRECERTIFICATES001 // Without it, a trusted development certificate would turn TLS on.
        builder.AddRedis(Name).WithoutHttpsCertificate().WithIconName("Database");
#pragma warning restore ASPIRECERTIFICATES001
}
