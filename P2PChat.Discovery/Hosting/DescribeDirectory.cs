using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Stun;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Discovery.Hosting;

/// <summary><c>GET /directory</c>: the directory's id, version and limits.</summary>
internal sealed class DescribeDirectory(
    DirectoryIdentity identity,
    StunService stun,
    IOptions<DirectoryOptions> options
)
{
    private readonly DirectoryLimits _limits = new(
        options.Value.RegistrationBodyBytes,
        options.Value.MaxPageSize,
        options.Value.Lease.TotalSeconds,
        options.Value.Claim.TotalDays,
        SignedRecord.ClockSkew.TotalSeconds
    );

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/directory", (DescribeDirectory describe) => describe.HandleAsync())
            .WithName("DescribeDirectory")
            .WithTags("Directory")
            .WithSummary("Returns the directory's id, limits and ways to find paths")
            .WithDescription("Each record names the directoryId, which all replicas share.")
            .Produces<DirectoryInfo>()
            .ProducesProblems(429, 503);

    private async Task<BufferedJsonResult<DirectoryInfo>> HandleAsync()
    {
        await stun.Ready;
        var reach = new DirectoryReach(stun.Ports, stun.Host, stun.HasAlternate, options.Value.Relay.Enabled);
        return new(new(identity.Id, Telemetry.Version, _limits, reach), DirectoryJson.Default.DirectoryInfo);
    }
}
