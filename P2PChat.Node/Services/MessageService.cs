using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Sends, reads, searches and deletes messages. Thread-safe.</summary>
public sealed class MessageService
{
    private readonly LocalIdentity _self;
    private readonly SessionTable _sessions;
    private readonly PeerStore _store;
    private readonly BlockPolicy _blocks;
    private readonly PeerLifetime _lifetime;
    private readonly LocalChanges _changes;
    private int _isPublishingRead;

    internal MessageService(
        LocalIdentity self,
        SessionTable sessions,
        PeerStore store,
        BlockPolicy blocks,
        PeerLifetime lifetime,
        LocalChanges changes
    )
    {
        _self = self;
        _sessions = sessions;
        _store = store;
        _blocks = blocks;
        _lifetime = lifetime;
        _changes = changes;
    }

    /// <summary>Whether this peer has history, which stays readable when the directory refuses the peer.</summary>
    public bool HasHistory
    {
        get
        {
            try
            {
                return _store.Conversations.HasHistory();
            }
            catch (StoreException)
            {
                // The store may still be readable in part; commands report its errors.
                return true;
            }
        }
    }

    /// <summary>All stored conversations.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyList<ConversationOverview> Conversations =>
        SessionTable.Guard(() => _store.OverviewAfterFlush().Read());

    /// <summary>Reads the newest message of each of these conversations that has one.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IReadOnlyDictionary<Username, Message> NewestOf(IEnumerable<ConversationOverview> conversations) =>
        SessionTable.Guard(() =>
            _store
                .Messages.At(conversations.Select(one => one.LastPosition).Where(position => position > 0))
                .ToDictionary(message => message.With)
        );

    /// <summary>
    /// Sends a message now, or queues it until there is a link. Returns once it is stored; its progress follows as
    /// <see cref="PeerEvent.Receipt"/>.
    /// </summary>
    /// <param name="idempotencyKey">
    /// A second call with the same key and peer returns the first call's message. With another text it is refused.
    /// </param>
    /// <exception cref="PeerException">The message cannot be sent or stored.</exception>
    public Task<Message> SendAsync(Username name, string text, string? idempotencyKey = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(name);
        while (true)
        {
            var session = _sessions.Find(name) ?? throw Refusals.NotConnected(name);
            if (session.SendAsync(name, text, idempotencyKey) is { } sending)
            {
                return _changes.HasListeners ? PublishAsync(sending) : sending;
            }

            if (_lifetime.IsStopping)
            {
                throw new PeerException(
                    PeerError.ShuttingDown,
                    "This peer is shutting down. Send the message again after the restart."
                );
            }
        }
    }

    /// <summary>Returns how a message to that peer would be delivered now.</summary>
    public SendRoute RouteTo(Username name) => _sessions.Find(name)?.Route ?? SendRoute.Queue;

    /// <summary>Returns whether messages can be deposited in that peer's mailbox while it is offline.</summary>
    public bool CanLeaveMail(Username name) => _sessions.Find(name)?.Mail.CanDeposit ?? false;

    /// <summary>
    /// Reads messages with a peer: the oldest after <paramref name="after"/>, the newest before
    /// <paramref name="before"/>, or the newest.
    /// </summary>
    /// <exception cref="PeerException">
    /// There is no conversation with that peer, or the store cannot be read.
    /// </exception>
    public MessagePage Page(Username name, Guid? after, Guid? before, int limit) =>
        SessionTable.Guard(() => _store.AfterFlush().Page(name, after, before, limit))
        ?? throw Refusals.NoConversation(name);

    /// <summary>Reads all messages with a peer, oldest first, while they are enumerated.</summary>
    /// <exception cref="PeerException">
    /// There is no conversation with that peer, or the store cannot be read.
    /// </exception>
    public IEnumerable<Message> Export(Username name) =>
        SessionTable.Guard(() => _store.AfterFlush().All(name)) ?? throw Refusals.NoConversation(name);

    /// <summary>
    /// Finds the newest messages that contain all words, newest first. The last word matches as a prefix.
    /// </summary>
    /// <param name="before">The position from an earlier page; null for the first page.</param>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public SearchPage Search(string words, long? before, int limit) =>
        SessionTable.Guard(() => _store.AfterIndexing().Search(words, before, limit));

    /// <summary>
    /// Deletes one message with a peer, or all, on this side only. Queued messages are still delivered.
    /// </summary>
    /// <param name="id">Null for all messages.</param>
    /// <returns>The number of deleted messages.</returns>
    /// <exception cref="PeerException">There is no such message or conversation, or the store fails.</exception>
    public async Task<int> DeleteAsync(Username name, Guid? id)
    {
        _ = Page(name, null, null, 1);
        try
        {
            var deleted = await _store.DeleteAsync(name, id);
            if (deleted > 0)
            {
                _changes.PublishDeleted(name, id);
            }

            return deleted > 0 || id is null ? deleted : throw Refusals.UnknownMessage();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }

    /// <summary>Finds the oldest unread message from a peer; null if all are read.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public Guid? FirstUnread(Username name) =>
        SessionTable.Guard(() =>
        {
            _ = _store.AfterFlush();
            return _store.Overview.FirstUnread(name);
        });

    /// <summary>
    /// Marks the messages from a peer as read, all or up to one, and sends a read receipt if that is enabled.
    /// </summary>
    /// <exception cref="PeerException">There is no conversation with that peer, or no such message.</exception>
    public void MarkRead(Username name, Guid? upTo)
    {
        // Former contacts have no session, but their messages can be marked as unread.
        var wasMarked = SessionTable.Guard(() => _store.Marks.MarkRead(name, upTo));
        if (_sessions.Find(name) is { } session)
        {
            session.MarkRead(upTo);
        }
        else if (!wasMarked)
        {
            throw Refusals.NoConversation(name);
        }

        if (_changes.HasListeners && Interlocked.Exchange(ref _isPublishingRead, 1) == 0)
        {
            _ = Task.Run(PublishAfterFlush);
        }
    }

    // Other views count the unread messages in the store.
    private void PublishAfterFlush()
    {
        Volatile.Write(ref _isPublishingRead, 0);
        _ = _store.AfterFlush();
        _changes.Publish();
    }

    private async Task<Message> PublishAsync(Task<Message> sending)
    {
        var sent = await sending;
        _changes.PublishSent(sent);
        return sent;
    }
}
