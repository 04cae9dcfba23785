using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.AppHost;

/// <summary>A <c>redis-server</c> process: on loopback only, with a password, writing nothing to disk.</summary>
public sealed class RedisProcess : ExecutableResource, IResourceWithConnectionString
{
    // The settings are passed on standard input, because other users can read a command line.
    private const string Script = """
        exec redis-server - <<SETTINGS
        bind 127.0.0.1 -::1
        port $REDIS_PORT
        requirepass $REDIS_PASSWORD
        save ""
        loglevel warning
        SETTINGS
        """;

    private RedisProcess(string name, ParameterResource password)
        : base(name, "/bin/sh", Path.GetTempPath())
    {
        Password = password;
    }

    private ParameterResource Password { get; }

    private EndpointReference Endpoint => this.GetEndpoint("tcp");

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={Password}");

    internal static IResourceBuilder<RedisProcess> Add(IDistributedApplicationBuilder builder, string name)
    {
        var password = builder.AddParameter($"{name}-password", RandomNumberGenerator.GetHexString(32), secret: true);
        var redis = new RedisProcess(name, password.Resource);
        var health = $"{name}_ping";
        builder.Services.AddHealthChecks().AddAsyncCheck(health, redis.PingAsync, timeout: TimeSpan.FromSeconds(5));
        return builder
            .AddResource(redis)
            .WithArgs("-c", Script)
            .WithEndpoint(name: "tcp", scheme: "tcp", env: "REDIS_PORT", isProxied: false)
            .WithEnvironment("REDIS_PASSWORD", password)
            .WithHealthCheck(health)
            .WithIconName("Database");
    }

    /// <summary>
    /// Sends the inline commands <c>AUTH</c> and <c>PING</c>, and expects <c>+OK</c> and <c>+PONG</c>.
    /// </summary>
    private async Task<HealthCheckResult> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Endpoint.Port, cancellationToken);
            var stream = client.GetStream();
            var password = await Password.GetValueAsync(cancellationToken);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {password}\r\nPING\r\n"), cancellationToken);
            using var answers = new StreamReader(stream, Encoding.ASCII);
            var authenticated = await answers.ReadLineAsync(cancellationToken);
            var pong = await answers.ReadLineAsync(cancellationToken);
            return pong == "+PONG"
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"Redis answered {authenticated} {pong}");
        }
        catch (Exception unreachable) when (unreachable is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(exception: unreachable);
        }
    }
}
