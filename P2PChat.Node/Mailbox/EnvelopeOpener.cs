using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Opens envelopes, and refuses those that are invalid or from a stranger who does not ask to become a contact.
/// Thread-safe.
/// </summary>
internal sealed partial class EnvelopeOpener(
    PeerStore store,
    Contacts contacts,
    PrekeyRing prekeys,
    PeerId self,
    PeerMetrics metrics,
    ILogger logger
)
{
    private readonly ILogger _logger = logger;

    /// <returns>Null if the envelope is refused.</returns>
    public OpenedEnvelope? Open(CollectedEnvelope envelope)
    {
        try
        {
            var opened = prekeys.Open(envelope.Bytes, self);
            if (EnvelopeHead.Of(opened.Frames).Count > 0 || IsExpected(opened))
            {
                return opened;
            }
        }
        catch (EnvelopeException exception)
        {
            LogRefused(exception.Error);
        }

        metrics.Mail("refused");
        return null;
    }

    /// <summary>
    /// Whether its sender is a contact, or a member of the same room and does not ask to become a contact.
    /// </summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public bool IsExpected(OpenedEnvelope opened) =>
        SessionTable.Guard(() => store.Conversations.AcceptedName(opened.Sender)) is { } name
        && !contacts.IsBlocked(name, opened.Sender)
        && (contacts.Find(name)?.PeerId is not { } pinned || pinned == opened.Sender)
        && (
            EnvelopeHead.Of(opened.Frames).Count == 0
            || SessionTable.Guard(() => store.Conversations.IsContact(opened.Sender))
        );

    [LoggerMessage(LogLevel.Debug, "An envelope was refused: {Error}.")]
    private partial void LogRefused(EnvelopeError error);
}
