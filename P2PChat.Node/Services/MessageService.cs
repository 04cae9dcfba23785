using System.Text;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

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
    private readonly MessageTargets _targets;
    private readonly MessageDeletion _deletion;
    private int _isPublishingRead;

    internal MessageService(
        LocalIdentity self,
        SessionTable sessions,
        PeerStore store,
        BlockPolicy blocks,
        PeerLifetime lifetime,
        LocalChanges changes,
        SealedCopies copies
    )
    {
        _self = self;
        _sessions = sessions;
        _store = store;
        _blocks = blocks;
        _lifetime = lifetime;
        _changes = changes;
        _targets = new MessageTargets(store);
        _deletion = new MessageDeletion(store, sessions, changes, copies, _targets);
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
    /// A second call with the same key and peer returns the first call's message. For another message it is refused.
    /// </param>
    /// <exception cref="PeerException">The message cannot be sent or stored.</exception>
    public Task<Message> SendAsync(Username name, string text, string? idempotencyKey = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowIfNotAllowed(name);
        var key = SendKey.Of(idempotencyKey, text);
        while (true)
        {
            if (SessionOf(name).Messages.SendAsync(name, new MessageDraft(text), key) is { } sending)
            {
                return _changes.HasListeners ? PublishAsync(sending) : sending;
            }

            ThrowIfStopping();
        }
    }

    /// <summary>Sends a reply to a message. Otherwise like <see cref="SendAsync"/>.</summary>
    /// <param name="to">The id of the message to reply to, from either side.</param>
    /// <param name="isToOurs">Whether this user has sent that message; null for either.</param>
    /// <inheritdoc cref="SendAsync"/>
    /// <exception cref="PeerException">
    /// The message cannot be sent or stored, or there is no message to reply to.
    /// </exception>
    public async Task<Message> ReplyAsync(
        Username name,
        string text,
        Guid to,
        string? idempotencyKey = null,
        bool? isToOurs = null
    )
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowIfNotAllowed(name);
        var key = SendKey.Of(idempotencyKey, text, to);
        while (true)
        {
            var session = SessionOf(name);
            // Even if the message that it replies to has been deleted meanwhile.
            if (key is { } used && session.Messages.FindEarlier(used) is { } earlier)
            {
                return await earlier;
            }

            var target = MessageTargets.ThrowIfRemoved(_targets.Find(name, to, isToOurs, session.Remote));
            var content = new MessageContent.Reply(MessageTargets.ReferenceTo(target));
            if (session.Messages.SendAsync(name, new MessageDraft(text, content), key) is { } sending)
            {
                return await PublishAsync(sending);
            }

            ThrowIfStopping();
        }
    }

    /// <summary>Sends the message that offers a file.</summary>
    /// <inheritdoc cref="SendAsync"/>
    internal async Task<Message> SendFileAsync(Username name, Guid id, FileOffer offer)
    {
        ThrowIfNotAllowed(name);
        var content = new MessageContent.File(offer);
        while (true)
        {
            var draft = new MessageDraft(FallbackText.Of(content, ""), content, id);
            if (SessionOf(name).Messages.SendAsync(name, draft, key: null) is { } sending)
            {
                return await PublishAsync(sending);
            }

            ThrowIfStopping();
        }
    }

    /// <summary>
    /// Sets this user's reaction to a message of either side, or removes it. The other changes to messages work the
    /// same: they are sent like a message, and return the changed message once that is stored. A change that is
    /// already in effect is sent again only if it has failed to arrive.
    /// </summary>
    /// <param name="emoji">One emoji; null to remove the reaction.</param>
    /// <param name="isOurs">Whether this user has sent the message; null for either.</param>
    /// <exception cref="PeerException">
    /// It is not one emoji, there is no such message, or the change cannot be sent or stored.
    /// </exception>
    public Task<Message> ReactAsync(Username name, Guid id, string? emoji, bool? isOurs = null)
    {
        if (emoji is not null && !ContentRules.IsEmoji(emoji))
        {
            throw Refusals.NotAnEmoji();
        }

        return ChangeAsync(name, session =>
        {
            var message = MessageTargets.ThrowIfRemoved(_targets.Find(name, id, isOurs, session.Remote));
            var current = message.Reactions.FirstOrDefault(reaction => reaction.From == _self.Name)?.Emoji;
            var content = new MessageContent.Reaction(MessageTargets.ReferenceTo(message), emoji ?? "");
            var isMade = current == emoji && !_targets.LacksChange(message, MessageChange.Reaction);
            return (message, isMade ? null : content, message.Text);
        });
    }

    /// <summary>Replaces the text of a message that this user sent in the last 48 hours.</summary>
    /// <exception cref="PeerException">
    /// The text is empty or too long, there is no such message, it is another user's or too old, or the change cannot
    /// be sent or stored.
    /// </exception>
    public Task<Message> EditAsync(Username name, Guid id, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Encoding.UTF8.GetByteCount(text) is var bytes && (bytes == 0 || bytes > ConversationOptions.MaxEditBytes))
        {
            throw Refusals.BadText();
        }

        return ChangeAsync(name, session =>
        {
            var message = MessageTargets.ThrowIfRemoved(_targets.FindOwn(name, id, session.Remote));
            MessageTargets.ThrowIfNotEditable(message, session.Context.MessageClock.Now.Own);
            var isMade = message.Text == text && !_targets.LacksChange(message, MessageChange.Edit);
            return (message, isMade ? null : new MessageContent.Edit(id), text);
        });
    }

    /// <summary>Deletes a message that this user sent, on both sides.</summary>
    /// <exception cref="PeerException">
    /// There is no such message, it is another user's, or the change cannot be sent or stored.
    /// </exception>
    public Task<Message> RemoveForAllAsync(Username name, Guid id) => ChangeAsync(name, session =>
        {
            var message = _targets.FindOwn(name, id, session.Remote);
            var isMade = message.IsRemoved && !_targets.LacksChange(message, MessageChange.Delete);
            return (message, isMade ? null : new MessageContent.Delete(id), "");
        });

    /// <summary>Reads the times, the earlier versions and the changes of a message.</summary>
    /// <param name="isOurs">Whether this user has sent it; null for either.</param>
    /// <exception cref="PeerException">There is no such message, or two, or the store cannot be read.</exception>
    public MessageInfo InfoOf(Username name, Guid id, bool? isOurs = null)
    {
        var message = _targets.Find(name, id, isOurs);
        return SessionTable.Guard(() => _store.Details.InfoOf(message));
    }

    /// <summary>Returns how a message to that peer would be delivered now.</summary>
    public SendRoute RouteTo(Username name) => _sessions.Find(name)?.Route ?? SendRoute.Queue;

    /// <summary>Returns whether messages can be deposited in that peer's mailbox while it is offline.</summary>
    public bool CanLeaveMail(Username name) => _sessions.Find(name)?.Mail.CanDeposit ?? false;

    /// <summary>
    /// Reads messages with a peer: the oldest after <paramref name="after"/>, the newest before
    /// <paramref name="before"/>, or the newest.
    /// </summary>
    /// <param name="isOurs">Whether this user has sent the message with that id; null for either.</param>
    /// <exception cref="PeerException">
    /// There is no conversation with that peer, both sides have sent a message with that id, or the store cannot be
    /// read.
    /// </exception>
    public MessagePage Page(Username name, Guid? after, Guid? before, int limit, bool? isOurs = null)
    {
        var side = isOurs is null && (after ?? before) is { } id ? _targets.SideOf(name, id, isShown: false) : isOurs;
        return SessionTable.Guard(() => _store.AfterFlush().Page(name, after, before, limit, side))
            ?? throw (name == _self.Name ? Refusals.ToSelf() : Refusals.NoConversation(name));
    }

    /// <summary>
    /// Reads all messages with a peer, oldest first, while they are enumerated. Those that disappear are left out, also
    /// from quotes, because an export would outlive them.
    /// </summary>
    /// <exception cref="PeerException">
    /// There is no conversation with that peer, or the store cannot be read.
    /// </exception>
    public IEnumerable<Message> Export(Username name) =>
        SessionTable
            .Guard(() => _store.AfterFlush().All(name))
            ?.Where(message => message.ExpiresAfter == 0)
            .Select(message => message.WithoutPassingQuote())
        ?? throw Refusals.NoConversation(name);

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
    /// <param name="isOurs">Whether this user has sent that message; null for either.</param>
    /// <returns>The number of deleted messages.</returns>
    /// <exception cref="PeerException">
    /// There is no such message or conversation, both sides have sent a message with that id, or the store fails.
    /// </exception>
    public Task<int> DeleteAsync(Username name, Guid? id, bool? isOurs = null) =>
        _deletion.DeleteAsync(name, id, isOurs);

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
            session.Messages.MarkRead(upTo);
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

    internal void ThrowIfNotAllowed(Username name)
    {
        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(name);
    }

    private SessionHost SessionOf(Username name) => _sessions.Find(name) ?? throw Refusals.NotConnected(name);

    // A session that is retired is replaced, except while this peer stops.
    private void ThrowIfStopping()
    {
        if (_lifetime.IsStopping)
        {
            throw Refusals.ShuttingDown();
        }
    }

    // The content is null if the message is already as the user wants it.
    private async Task<Message> ChangeAsync(
        Username name,
        Func<SessionHost, (Message Message, MessageContent? Content, string Text)> choose
    )
    {
        ThrowIfNotAllowed(name);
        while (true)
        {
            var session = SessionOf(name);
            // Before the message is read, so that nothing is sent of a text that is deleted meanwhile.
            var deletes = session.Messages.Deletes;
            var (message, content, text) = choose(session);
            if (content is null)
            {
                return message;
            }

            var draft = new MessageDraft(FallbackText.Of(content, text), content) { Deletes = deletes };
            if (session.Messages.SendAsync(name, draft, key: null) is { } sending)
            {
                var changed = await sending;
                _changes.Publish();
                return changed;
            }

            ThrowIfStopping();
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
