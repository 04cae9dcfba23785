using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Admin;

/// <summary>
/// <c>GET /admin/members</c> and <c>DELETE /admin/members/{peerId}</c>: the keys that joined with a code. Removing one
/// ends its access and its leases at once, and voids the codes that it made. Its names stay claimed.
/// </summary>
internal sealed partial class ManageMembers(
    IMembershipStore members,
    IPeerStore peers,
    OperatorKey operatorKey,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    ILogger<ManageMembers> logger
)
{
    private readonly JoinCodeOptions _options = options.Value.JoinCodes;

    public async Task<IResult> ListAsync(HttpContext context, string? after, int? limit)
    {
        operatorKey.Require(context.Request);
        if (limit is < 1 || limit > _options.MaxPageSize)
        {
            throw new ProblemException(
                Problems.Malformed(
                    string.Create(CultureInfo.InvariantCulture, $"limit= takes 1 to {_options.MaxPageSize}.")
                )
            );
        }

        var from = after is null ? null : Parse(after);
        var page = await members.ListMembersAsync(from, limit ?? _options.PageSize, context.RequestAborted);
        return new BufferedJsonResult<MemberListing>(
            new(
                [
                    .. page.Members.Select(member => new MemberSummary(
                        member.PeerId,
                        member.Usernames,
                        member.InvitedBy,
                        member.JoinedAt,
                        member.LastSeen
                    )),
                ],
                page.HasMore ? page.Members[^1].PeerId : null
            ),
            DirectoryJson.Default.MemberListing
        );
    }

    public async Task<IResult> RemoveAsync(HttpContext context, string peerId)
    {
        operatorKey.Require(context.Request);
        var id = Parse(peerId);
        // Completed even if the operator hangs up, or a removed member's leases could stay.
        if (await members.RemoveMemberAsync(id, CancellationToken.None) is not { } usernames)
        {
            throw new ProblemException(Problems.UnknownMember());
        }

        foreach (var username in usernames)
        {
            await EndLeaseAsync(Username.Parse(username), id);
        }

        LogRemoved(logger);
        return TypedResults.NoContent();
    }

    private async Task EndLeaseAsync(Username name, string peerId)
    {
        // The name may belong to another key by now.
        if (
            await peers.FindAsync(name, withRecord: false, CancellationToken.None) is { Online: true } peer
            && peer.PeerId == peerId
        )
        {
            await peers.UnregisterAsync(name, peerId, peer.Sequence + 1, release: false, CancellationToken.None);
            metrics.Unregistered("removed");
        }
    }

    private static string Parse(string text) =>
        PeerId.TryParse(text, out var peerId)
            ? peerId.ToString()
            : throw new ProblemException(Problems.Malformed("Write the PeerId as GET /admin/members returns it."));

    [LoggerMessage(Level = LogLevel.Information, Message = "The operator removed a member.")]
    private static partial void LogRemoved(ILogger logger);
}
