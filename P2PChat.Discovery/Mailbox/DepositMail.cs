using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// <c>POST /peers/{username}/mailbox</c>: leaves an envelope for a peer. Who does so is not asked beyond the capability, for
/// the mailbox shall not learn it.
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
            return new JsonAnswer<DepositResponse>(
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
                    $"Send the capability, 32 bytes in base64url, in the header {MailboxCapability.Header}."
                )
            );

        var length = LengthOf(context);
        // A caller who only guesses must not cost a body here or in the store.
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
            throw new ProblemException(Problems.Malformed("Say how long the envelope is, in Content-Length."));
        }

        if (length > _options.EnvelopeBytes)
        {
            throw new ProblemException(Problems.EnvelopeTooLarge(_options.EnvelopeBytes));
        }

        if (length == 0)
        {
            throw new ProblemException(Problems.Malformed("The body is empty: send the envelope."));
        }

        // The server's default bound is that of a registration. After a refusal it discards the body for at most 5 s, because
        // closing at once would reset the connection, and a caller still writing would never read why.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
        {
            bound.MaxRequestBodySize = length;
        }

        return (int)length;
    }
}
