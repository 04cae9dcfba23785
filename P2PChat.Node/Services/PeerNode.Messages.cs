using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <content>Messages: sent, looked up, deleted.</content>
public sealed partial class PeerNode
{
    private int _tellingOfRead;

    /// <summary>
    /// Sends a message: on a link if there is one, or when there is. Returns when it is kept; what becomes of it follows as
    /// <see cref="PeerEvent.Receipt"/>.
    /// </summary>
    /// <param name="idempotencyKey">A second call with the same key and peer returns the first one's message; with another text it is refused.</param>
    /// <exception cref="PeerException">It cannot be sent, or not be kept.</exception>
    public Task<Message> SendAsync(Username name, string text, string? idempotencyKey = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (name == _context.Self)
        {
            throw ToOneself();
        }

        RefuseBlocked(name);
        while (true)
        {
            if ((_sessions.Find(name) ?? throw NotConnected(name)).SendAsync(name, text, idempotencyKey) is { } sent)
            {
                return Acted is null ? sent : ShowAsync(sent);
            }

            if (_ended)
            {
                throw new PeerException(
                    PeerError.ShuttingDown,
                    "This peer is shutting down. Send the message again after the restart."
                );
            }
        }
    }

    /// <summary>How a message to that peer would go out now.</summary>
    public SendRoute RouteTo(Username name) => _sessions.Find(name)?.Route ?? SendRoute.Queue;

    /// <summary>Messages with a peer: the oldest after <paramref name="after"/>, the newest before <paramref name="before"/>, or the newest.</summary>
    /// <exception cref="PeerException">There is no conversation with that peer, or it cannot be read.</exception>
    public MessagePage Messages(Username name, Guid? after, Guid? before, int limit) =>
        SessionTable.Guard(() => _context.Store.AfterFlush().Page(name, after, before, limit))
        ?? throw NoConversation(name);

    /// <summary>All messages with a peer, oldest first, read as they are taken.</summary>
    /// <exception cref="PeerException">There is no conversation with that peer, or it cannot be read.</exception>
    public IEnumerable<Message> Export(Username name) =>
        SessionTable.Guard(() => _context.Store.AfterFlush().All(name)) ?? throw NoConversation(name);

    /// <summary>The newest messages in which all the words occur, newest first; of the last word the beginning suffices.</summary>
    /// <param name="before">As an earlier page says; null for the newest.</param>
    /// <exception cref="PeerException">They cannot be read.</exception>
    public SearchPage Search(string words, long? before, int limit) =>
        SessionTable.Guard(() => _context.Store.AfterIndexing().Search(words, before, limit));

    /// <summary>Deletes one message with a peer, or all, on this side only. What is on its way still arrives.</summary>
    /// <param name="id">Null for all.</param>
    /// <returns>How many.</returns>
    /// <exception cref="PeerException">There is no such message or conversation, or the store refuses.</exception>
    public async Task<int> DeleteAsync(Username name, Guid? id)
    {
        _ = Messages(name, null, null, 1);
        try
        {
            var deleted = await _context.Store.DeleteAsync(name, id);
            if (deleted > 0)
            {
                Deleted?.Invoke(name, id);
                Acted?.Invoke();
            }

            return deleted > 0 || id is null
                ? deleted
                : throw new PeerException(PeerError.UnknownMessage, "There is no such message: 'history' shows them.");
        }
        catch (StoreException e)
        {
            throw new PeerException(PeerError.StoreFailed, e.Message);
        }
    }

    /// <summary>The person has read all that has come, or all up to a message; the other person is told, if that is wanted.</summary>
    /// <exception cref="PeerException">There is no conversation with that peer, or no such message.</exception>
    public void MarkRead(Username name, Guid? upTo)
    {
        Session(name).MarkRead(upTo);
        if (Acted is not null && Interlocked.Exchange(ref _tellingOfRead, 1) == 0)
        {
            _ = Task.Run(TellOnceStored);
        }
    }

    // Other views count the unread messages in the store.
    private void TellOnceStored()
    {
        Volatile.Write(ref _tellingOfRead, 0);
        _ = _context.Store.AfterFlush();
        Acted?.Invoke();
    }

    private async Task<Message> ShowAsync(Task<Message> sending)
    {
        var sent = await sending;
        Acted?.Invoke();
        return sent;
    }

    private ChatSession Session(Username name) => _sessions.Find(name) ?? throw NoConversation(name);

    private static PeerException NoConversation(Username name) =>
        new(PeerError.UnknownPeer, $"There is no conversation with {name}: 'connect {name}' begins one.");
}
