using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>PUT</c> and <c>DELETE /peers/{username}/mailbox/capabilities/{hash}</c>: grants and revokes capabilities.
/// </summary>
internal sealed class GrantMail(IMailboxStore store, IOptions<DirectoryOptions> options)
{
    public Task<IResult> GrantAsync(HttpContext context, string username, string hash) =>
        ChangeAsync(context, username, hash, "directory.grant", store.GrantAsync);

    public Task<IResult> RevokeAsync(HttpContext context, string username, string hash) =>
        ChangeAsync(context, username, hash, "directory.revoke", store.RevokeAsync);

    private async Task<IResult> ChangeAsync(
        HttpContext context,
        string username,
        string hash,
        string operation,
        Func<Username, string, string, CancellationToken, Task<MailboxOutcome>> change
    )
    {
        using var span = Telemetry.Source.StartActivity(operation);
        var owner = MailboxOwner.Of(context, username);
        if (!Capability.IsHash(hash))
        {
            throw new ProblemException(
                Problems.Malformed("The last path segment must be the SHA-256 of the capability, in base64url.")
            );
        }

        return await change(owner.Name, owner.TokenHash, hash, context.RequestAborted) switch
        {
            MailboxOutcome.UnknownToken => throw new ProblemException(Problems.LeaseTokenUnknown()),
            MailboxOutcome.Full => throw new ProblemException(
                Problems.TooManyCapabilities(options.Value.Mailbox.Capabilities, options.Value.Mailbox.FullRetryAfter)
            ),
            _ => TypedResults.NoContent(),
        };
    }
}
