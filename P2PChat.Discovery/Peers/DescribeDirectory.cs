using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Discovery.Peers;

/// <summary><c>GET /directory</c>.</summary>
internal sealed class DescribeDirectory(DirectoryIdentity identity, IOptions<DirectoryOptions> options)
{
    private readonly DirectoryLimits _limits = new(
        options.Value.RegistrationBodyBytes,
        options.Value.MaxPageSize,
        options.Value.Lease.TotalSeconds,
        options.Value.Claim.TotalDays,
        SignedRecord.ClockSkew.TotalSeconds
    );

    public IResult Handle() =>
        new JsonAnswer<DirectoryInfo>(
            new(identity.Id, Telemetry.Version, _limits),
            DirectoryJson.Default.DirectoryInfo
        );
}
