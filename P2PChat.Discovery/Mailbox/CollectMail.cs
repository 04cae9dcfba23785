using System.Globalization;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// <c>GET</c> and <c>DELETE /peers/{username}/mailbox</c>: shows its owner what waits, and takes out what the owner says that
/// it has. Nothing is taken out by being shown.
/// </summary>
internal sealed class CollectMail(IMailboxStore store, MailboxMetrics metrics, IOptions<DirectoryOptions> options)
{
    // As the stores write it.
    private const int IdLength = 16;

    private readonly MailboxOptions _options = options.Value.Mailbox;

    public async Task<IResult> CollectAsync(HttpContext context, string username, string? after, int? limit)
    {
        using var span = Telemetry.Source.StartActivity("directory.collect");
        var owner = MailboxOwner.Of(context, username);
        if (limit is < 1 || limit > _options.MaxPageSize)
        {
            throw new ProblemException(
                Problems.Malformed(
                    string.Create(CultureInfo.InvariantCulture, $"limit= takes 1 to {_options.MaxPageSize}.")
                )
            );
        }

        if (after is not null && !IsId(after))
        {
            throw new ProblemException(Problems.Malformed("after= takes the next of the page before."));
        }

        var page = await store.CollectAsync(
            owner.Name,
            owner.TokenHash,
            after ?? "",
            limit ?? _options.PageSize,
            context.RequestAborted
        );
        if (page.Outcome == MailboxOutcome.UnknownToken)
        {
            throw new ProblemException(Problems.LeaseTokenUnknown());
        }

        metrics.Collected(page.Envelopes.Count);
        context.Response.Headers.CacheControl = "no-store";
        return new JsonAnswer<MailboxPage>(
            new(
                [
                    .. page.Envelopes.Select(envelope => new MailboxEnvelope(
                        envelope.Id,
                        Convert.ToBase64String(envelope.Bytes.Span)
                    )),
                ],
                page.HasMore ? page.Envelopes[^1].Id : null
            ),
            DirectoryJson.Default.MailboxPage
        );
    }

    public async Task<IResult> DeleteAsync(HttpContext context, string username, string? ids)
    {
        using var span = Telemetry.Source.StartActivity("directory.delete-mail");
        var owner = MailboxOwner.Of(context, username);
        var read = ids?.Split(',') ?? [];
        if (read.Length is 0 || read.Length > _options.MaxPageSize || !read.All(IsId))
        {
            throw new ProblemException(
                Problems.Malformed(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"ids= takes 1 to {_options.MaxPageSize} ids of envelopes, with commas between."
                    )
                )
            );
        }

        var result = await store.DeleteAsync(owner.Name, owner.TokenHash, read, context.RequestAborted);
        if (result.Outcome == MailboxOutcome.UnknownToken)
        {
            throw new ProblemException(Problems.LeaseTokenUnknown());
        }

        metrics.Deleted(result.Deleted);
        return TypedResults.NoContent();
    }

    private static bool IsId(string text) => text.Length == IdLength && text.All(char.IsAsciiDigit);
}
