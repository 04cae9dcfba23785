using Microsoft.Extensions.Options;
using P2PChat.Discovery.Access;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>POST /peers/{username}/requests</c>: deposits a first request for a peer that is away. Requires the sender's
/// lease, because a stranger has no capability and the limits count per sender.
/// </summary>
internal sealed class DepositRequest(
    IPeerStore peers,
    IRequestStore store,
    DirectoryIdentity identity,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options
)
{
    /// <summary>Size of every request, the smallest size of an envelope: a request has no text.</summary>
    public const int EnvelopeBytes = 1024;

    private static readonly TimeSpan TooManyRetryAfter = TimeSpan.FromHours(1);

    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.request");
        if (!Username.TryParse(username, out var name))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        var sender = await SenderAsync(context);
        CheckLength(context);
        // Check before reading the body, as for mail.
        Refuse(await store.AdmitAsync(name, sender.PeerId, context.RequestAborted));
        var envelope = new byte[EnvelopeBytes];
        await context.Request.Body.ReadExactlyAsync(envelope, context.RequestAborted);
        var result = await store.DepositAsync(name, sender, envelope, context.RequestAborted);
        Refuse(result.Outcome);
        return new BufferedJsonResult<DepositResponse>(
            new(result.ExpiresAt),
            DirectoryJson.Default.DepositResponse,
            StatusCodes.Status201Created
        );
    }

    private async Task<RequestSender> SenderAsync(HttpContext context) =>
        new(await LeaseHolder.RequireAsync(peers, context), identity.ClaimantOf(ClientAddress.Of(context)).Pseudonym);

    private static void CheckLength(HttpContext context)
    {
        if (context.Request.ContentType != DepositMail.ContentType)
        {
            throw new ProblemException(Problems.NotAnEnvelope());
        }

        if (context.Request.ContentLength > EnvelopeBytes)
        {
            throw new ProblemException(Problems.EnvelopeTooLarge(EnvelopeBytes));
        }

        if (context.Request.ContentLength != EnvelopeBytes)
        {
            throw new ProblemException(
                Problems.Malformed(
                    $"Send an envelope of exactly {EnvelopeBytes} bytes, with its size in Content-Length."
                )
            );
        }
    }

    private void Refuse(RequestOutcome outcome)
    {
        switch (outcome)
        {
            case RequestOutcome.Closed:
                throw new ProblemException(Problems.RequestBoxClosed());
            case RequestOutcome.Full:
                throw new ProblemException(Problems.RequestBoxFull(options.Value.Mailbox.FullRetryAfter));
            case RequestOutcome.TooMany:
                metrics.RateLimited("requests");
                throw new ProblemException(Problems.TooManyRequests(TooManyRetryAfter));
        }
    }
}
