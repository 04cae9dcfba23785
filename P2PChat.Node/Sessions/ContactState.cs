using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Owns the stored state of a contact, except the conversation. Changes are saved in the background. Guarded by the
/// session's lock.
/// </summary>
internal sealed class ContactState(
    SessionContext context,
    PeerId remote,
    StoredSession? stored,
    ConversationWriter writer
)
{
    /// <summary>Whether the other side requested the present connection. Read without the lock.</summary>
    public bool TheyAsked { get; private set; } = stored?.TheyAsked ?? false;

    /// <summary>Whether one of the two has ended the connection, so that it is not restored automatically.</summary>
    public bool IsPaused { get; private set; } = stored?.Paused ?? false;

    /// <summary>Whether the other peer's key lasts only as long as its process.</summary>
    public bool IsEphemeral
    {
        get => writer.IsEphemeral;
        set => writer.IsEphemeral = value;
    }

    public void SetTheyAsked(bool theyAsked)
    {
        if (theyAsked != TheyAsked)
        {
            TheyAsked = theyAsked;
            Save();
        }
    }

    public void SetPaused(bool isPaused)
    {
        if (isPaused != IsPaused)
        {
            IsPaused = isPaused;
            Save();
        }
    }

    public void Save() => _ = SaveAsync();

    private async Task SaveAsync()
    {
        try
        {
            await context.Store.Conversations.SaveFlagsAsync(remote, TheyAsked, IsPaused, IsEphemeral);
            context.ContactStateLog.Saved();
        }
        catch (StoreException exception)
        {
            context.ContactStateLog.Failed(exception);
        }
    }
}
