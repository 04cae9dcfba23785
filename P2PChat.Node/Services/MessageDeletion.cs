using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Deletes messages on this side, with what depends on them. Thread-safe.</summary>
internal sealed class MessageDeletion(
    PeerStore store,
    SessionTable sessions,
    LocalChanges changes,
    SealedCopies copies,
    MessageTargets targets
)
{
    /// <inheritdoc cref="MessageService.DeleteAsync"/>
    public async Task<int> DeleteAsync(Username name, Guid? id, bool? isOurs)
    {
        _ = SessionTable.Guard(() => store.AfterFlush().Page(name, null, null, 1))
            ?? throw Refusals.NoConversation(name);

        if (id is { } one)
        {
            isOurs ??= targets.SideOf(name, one, isShown: true) ?? throw Refusals.UnknownMessage();
        }

        try
        {
            var deleted = await store.DeleteAsync(name, id, isOurs);
            if (deleted > 0)
            {
                copies.OnMessagesDeleted();
                changes.PublishDeleted(name, id is { } gone ? new MessageKey(isOurs!.Value, gone) : null);
                sessions.Find(name)?.Files.Changes.OnHidden();
            }

            return deleted > 0 || id is null ? deleted : throw Refusals.UnknownMessage();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }
}
