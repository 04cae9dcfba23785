using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Mailbox;

/// <summary>Collects the requests in this peer's request box, and deletes those that are decided or stored.</summary>
internal sealed partial class RequestBoxCollector(
    PeerStore store,
    Contacts contacts,
    PrekeyRing prekeys,
    PeerIdentity identity,
    RequestBoxClient box,
    MailRequestReceiver receiver,
    PeerMetrics metrics,
    ILogger<RequestBoxCollector> logger
)
{
    // More than a box holds. A directory that returns pages without end is asked again later.
    private const int MaxPages = 8;

    private readonly ILogger<RequestBoxCollector> _logger = logger;
    private readonly EnvelopeOpener _opener = new(store, contacts, prekeys, identity.PeerId, metrics, logger);

    /// <returns>Whether to collect again after a pause.</returns>
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    public async Task<bool> CollectAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (after, isIncomplete) = ((string?)null, false);
            for (var pages = 0; pages < MaxPages; pages++)
            {
                var page = await box.CollectRequestsAsync(after, cancellationToken);
                var decided = new List<string>();
                foreach (var envelope in page.Envelopes)
                {
                    if (await TryDecideAsync(envelope, cancellationToken))
                    {
                        decided.Add(envelope.Id);
                    }
                    else
                    {
                        isIncomplete = true;
                    }
                }

                await box.DeleteRequestsAsync(decided, cancellationToken);
                if (page.Next is null)
                {
                    break;
                }

                after = page.Next;
            }

            return isIncomplete;
        }
        catch (DirectoryException exception)
        {
            LogNotCollected(exception.Failure);
            // An older directory has no request boxes.
            return exception.Failure is DirectoryFailure.Unreachable or DirectoryFailure.LeaseGone;
        }
    }

    private async Task<bool> TryDecideAsync(CollectedEnvelope envelope, CancellationToken cancellationToken)
    {
        if (envelope.Bytes.Length != RequestBoxClient.EnvelopeSize || _opener.Open(envelope) is not { } opened)
        {
            return true;
        }

        var decision = await receiver.ReceiveAsync(opened, isFromBox: true, cancellationToken);
        metrics.Mail(decision == StrangerMail.Refused ? "refused" : "requested");
        if (decision == StrangerMail.Accepted)
        {
            // Returns after the acceptance is stored. Until then the box is the only place that has the request.
            _ = await store.Capabilities.GrantAsync(opened.Sender);
        }

        return decision != StrangerMail.Later;
    }

    [LoggerMessage(LogLevel.Debug, "The request box could not be collected: {Failure}.")]
    private partial void LogNotCollected(DirectoryFailure failure);
}
