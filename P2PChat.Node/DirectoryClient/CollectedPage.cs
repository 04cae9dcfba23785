using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>An envelope from this peer's mailbox or request box, not yet opened.</summary>
/// <param name="Id">The id by which it is deleted.</param>
internal sealed record CollectedEnvelope(string Id, ReadOnlyMemory<byte> Bytes);

/// <summary>One page of a mailbox or request box.</summary>
/// <param name="Next">The <c>after</c> of the next page; null on the last page.</param>
internal sealed record CollectedPage(IReadOnlyList<CollectedEnvelope> Envelopes, string? Next)
{
    /// <param name="after">The position with which the page was requested.</param>
    /// <exception cref="DirectoryException">An envelope is not base64.</exception>
    public static CollectedPage Read(MailboxPage page, string? after)
    {
        try
        {
            return new CollectedPage(
                [
                    .. page.Envelopes.Select(envelope => new CollectedEnvelope(
                        envelope.Id,
                        Convert.FromBase64String(envelope.Envelope)
                    )),
                ],
                page.Next == after ? null : page.Next
            );
        }
        catch (FormatException exception)
        {
            throw DirectoryHttp.NotADirectory(exception);
        }
    }
}
