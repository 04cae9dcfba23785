using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>The response to a name's owner who lists a mailbox or a request box.</summary>
internal static class EnvelopePage
{
    /// <exception cref="ProblemException">The caller's lease token is unknown.</exception>
    public static BufferedJsonResult<MailboxPage> Of(CollectResult page, HttpResponse response)
    {
        if (page.Outcome == MailboxOutcome.UnknownToken)
        {
            throw new ProblemException(Problems.LeaseTokenUnknown());
        }

        response.Headers.CacheControl = "no-store";
        return new BufferedJsonResult<MailboxPage>(
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
}
