using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;
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
    IFileStore files,
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
            .WithSummary("Returns the directory's id, limits, ways to find paths, and whether it stores files")
            .WithDescription(
                "Each record names the directoryId, which all replicas share. If files are not enabled, the reason "
                    + "says why, and files for a peer that is away wait at their sender."
            )
            .Produces<DirectoryInfo>()
            .ProducesProblems(429, 503);

    private async Task<BufferedJsonResult<DirectoryInfo>> HandleAsync()
    {
        await stun.Ready;
        var reach = new DirectoryReach(stun.Ports, stun.Host, stun.HasAlternate, options.Value.Relay.Enabled);
        return new(
            new(identity.Id, Telemetry.Version, _limits, reach, FilesOf(files.Status)),
            DirectoryJson.Default.DirectoryInfo
        );
    }

    private DirectoryFiles FilesOf(FileStoreStatus status) =>
        new(
            status.State == FileStoreState.On,
            options.Value.Files.FileBytes,
            options.Value.Files.Kept.TotalDays,
            status.State == FileStoreState.On ? null : Telemetry.Word(status.State)
        );
}
