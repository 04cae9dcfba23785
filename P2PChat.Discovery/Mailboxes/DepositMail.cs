using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// <c>POST /peers/{username}/mailbox</c>: deposits an envelope for a peer. Requires only the capability, so that the
/// directory does not learn who the sender is.
/// </summary>
internal sealed class DepositMail(IMailboxStore store, MailboxMetrics metrics, IOptions<DirectoryOptions> options)
{
    public const string ContentType = "application/octet-stream";

    private readonly MailboxOptions _options = options.Value.Mailbox;

    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.deposit");
        try
        {
            var result = await DepositAsync(context, username);
            return new BufferedJsonResult<DepositResponse>(
                new(result.ExpiresAt),
                DirectoryJson.Default.DepositResponse,
                StatusCodes.Status201Created
            );
        }
        catch (Exception exception)
        {
            metrics.Refused(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    private async Task<DepositResult> DepositAsync(HttpContext context, string username)
    {
        if (!Username.TryParse(username, out var name))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        var hash = Capability.HashOf(context.Request.Headers[MailboxCapability.Header].ToString())
            ?? throw new ProblemException(
                Problems.Malformed(
                    $"Send the capability (32 bytes in base64url) in the header {MailboxCapability.Header}."
                )
            );

        var length = LengthOf(context);
        // Check before reading the body, so that guessed capabilities stay cheap here and in the store.
        Refuse(await store.AdmitAsync(name, hash, length, context.RequestAborted));

        var envelope = new byte[length];
        await context.Request.Body.ReadExactlyAsync(envelope, context.RequestAborted);
        var result = await store.DepositAsync(name, hash, envelope, context.RequestAborted);
        Refuse(result.Outcome);
        metrics.Deposited(envelope.Length);
        return result;
    }

    private void Refuse(MailboxOutcome outcome)
    {
        switch (outcome)
        {
            case MailboxOutcome.UnknownCapability:
                throw new ProblemException(Problems.CapabilityUnknown());
            case MailboxOutcome.Full:
                throw new ProblemException(Problems.MailboxFull(_options.FullRetryAfter));
        }
    }

    private int LengthOf(HttpContext context)
    {
        if (context.Request.ContentType != ContentType)
        {
            throw new ProblemException(Problems.NotAnEnvelope());
        }

        if (context.Request.ContentLength is not { } length)
        {
            throw new ProblemException(Problems.Malformed("Send the size of the envelope in Content-Length."));
        }

        if (length > _options.EnvelopeBytes)
        {
            throw new ProblemException(Problems.EnvelopeTooLarge(_options.EnvelopeBytes));
        }

        if (length == 0)
        {
            throw new ProblemException(Problems.Malformed("The body is empty. Send the envelope."));
        }

        // The server's default limit is that of a registration. Raise it, also for requests that are refused later: the
        // server then drains the body for up to 5 s instead of resetting the connection before the client has read the
        // response.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = length;
        }

        return (int)length;
    }
}
