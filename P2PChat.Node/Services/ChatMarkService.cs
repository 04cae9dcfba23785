using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Pins, archives and mutes conversations, marks messages as unread, and keeps whose files are accepted, on this side
/// only. Each change returns when it is saved. Thread-safe.
/// </summary>
public sealed class ChatMarkService
{
    private readonly PeerStore _store;
    private readonly Contacts _contacts;
    private readonly LocalChanges _changes;

    internal ChatMarkService(PeerStore store, Contacts contacts, LocalChanges changes)
    {
        _store = store;
        _contacts = contacts;
        _changes = changes;
    }

    /// <summary>The conversations that have marks. All others have <see cref="ChatMarks.None"/>.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyDictionary<Username, ChatMarks> All =>
        SessionTable.Guard(() => _store.Marks.All()).ToDictionary(one => one.With, one => one.Marks);

    /// <exception cref="PeerException">The store cannot be read.</exception>
    public ChatMarks Of(Username with) => All.GetValueOrDefault(with, ChatMarks.None);

    /// <summary>Pins a conversation to the top of the list, or unpins it.</summary>
    /// <exception cref="PeerException">There is no such conversation or contact, or the store fails.</exception>
    public void SetPinned(Username with, bool pinned) => Set(with, pinned: pinned);

    /// <summary>Puts a conversation into the archive, or takes it out.</summary>
    /// <inheritdoc cref="SetPinned"/>
    public void SetArchived(Username with, bool archived) => Set(with, archived: archived);

    /// <summary>Turns notifications about a conversation off, or on again.</summary>
    /// <inheritdoc cref="SetPinned"/>
    public void SetMuted(Username with, bool muted) => Set(with, muted: muted);

    /// <summary>Sets whether the other user's new files are accepted without asking.</summary>
    /// <inheritdoc cref="SetPinned"/>
    public void SetAcceptFiles(Username with, AutoAccept accept) => Set(with, acceptFiles: accept);

    /// <summary>Sets those marks that are not null, at once.</summary>
    /// <inheritdoc cref="SetPinned"/>
    public void Set(
        Username with,
        bool? pinned = null,
        bool? archived = null,
        bool? muted = null,
        AutoAccept? acceptFiles = null
    )
    {
        // The store only knows contacts that have been saved.
        Saving.Apply(_contacts.Flush);
        if (!SessionTable.Guard(() => _store.Marks.Set(with, pinned, archived, muted, acceptFiles)))
        {
            throw Refusals.NoConversation(with);
        }

        _changes.Publish();
    }

    /// <summary>
    /// Marks the other user's messages as unread, from one on, until they are read again. Read receipts that were sent
    /// stay sent.
    /// </summary>
    /// <exception cref="PeerException">
    /// There is no such message, no message of the other user follows it, or the store fails.
    /// </exception>
    public void MarkUnread(Username with, Guid messageId)
    {
        if (!SessionTable.Guard(() => _store.Marks.MarkUnread(with, messageId)))
        {
            throw Refusals.UnknownMessage();
        }

        _changes.Publish();
    }
}
