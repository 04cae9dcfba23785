using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Limits;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Access;

/// <summary>
/// Decides who may use a directory that has a join token without sending it: members, by a lease token or a signature;
/// newcomers with a join code; and holders of a mailbox's capability. A wrong secret counts as a missing one, so that
/// answers do not reveal which secrets exist.
/// </summary>
internal sealed class AccessPolicy(
    IPeerStore peers,
    IMailboxStore mail,
    IMembershipStore members,
    RegistrationBudgets budgets,
    IOptions<DirectoryOptions> options
)
{
    /// <returns>
    /// Whether the request may be served. The caller ends the request's <see cref="SignerAccess"/>, if it has one.
    /// </returns>
    /// <exception cref="ProblemException">Too many join codes were tried from this address.</exception>
    public async Task<bool> AdmitsAsync(HttpContext context)
    {
        if (await HasMembersLeaseAsync(context))
        {
            return true;
        }

        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<AdmitsCapability>() is not null)
        {
            return await HasCapabilityAsync(context);
        }

        return metadata?.GetMetadata<AdmitsSigner>() is { } signer && await AdmitsSignerAsync(context, signer);
    }

    /// <summary>Checks that a member's membership has not ended. For long responses.</summary>
    /// <exception cref="ProblemException">It has ended.</exception>
    public async Task CheckAgainAsync(HttpContext context)
    {
        if (context.Features.Get<MemberAccess>() is not { } member)
        {
            return;
        }

        try
        {
            if (!await members.IsMemberAsync(member.PeerId, context.RequestAborted))
            {
                throw new ProblemException(Problems.JoinTokenRequired());
            }
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth. The response continues meanwhile.
        }
    }

    private async Task<bool> HasMembersLeaseAsync(HttpContext context)
    {
        if (
            await LeaseHolder.FindAsync(peers, context) is not { } peerId
            || !await members.IsMemberAsync(peerId, context.RequestAborted)
        )
        {
            return false;
        }

        context.Features.Set(new MemberAccess(peerId));
        return true;
    }

    private async Task<bool> HasCapabilityAsync(HttpContext context) =>
        Username.TryParse(context.Request.RouteValues["username"] as string, out var name)
        && Capability.HashOf(context.Request.Headers[MailboxCapability.Header].ToString()) is { } hash
        && await mail.AdmitAsync(name, hash, size: 0, context.RequestAborted) != MailboxOutcome.UnknownCapability;

    private async Task<bool> AdmitsSignerAsync(HttpContext context, AdmitsSigner signer)
    {
        VerifiedRecord record;
        try
        {
            record = await SignedRecordReader.ReadAsync(context);
        }
        catch (Exception exception) when (exception is ProblemException or BadHttpRequestException)
        {
            return false;
        }

        var peerId = record.PeerId.ToString();
        string? codeHash = null;
        if (!await members.IsMemberAsync(peerId, context.RequestAborted))
        {
            codeHash = signer.WithJoinCode ? CodeIn(context.Request) : null;
            if (codeHash is null)
            {
                return false;
            }

            budgets.SpendOnJoinCode(ClientAddress.Of(context));
            if (!await members.ReserveAsync(codeHash, peerId, context.RequestAborted))
            {
                return false;
            }
        }

        context.Features.Set(new SignerAccess(members, peerId, codeHash));
        return true;
    }

    private string? CodeIn(HttpRequest request) =>
        options.Value.JoinCodes.Enabled
            ? Capability.HashOf(request.Headers[DirectoryHeaders.JoinCode].ToString())
            : null;
}
