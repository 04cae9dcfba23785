using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Sessions.Conversations;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// Writes each <see cref="Change"/> as rows. A message is one row, written once. The progress of a conversation is
/// written once per transaction, however many messages moved it. Used by the writer only; not thread-safe.
/// </summary>
internal sealed class ChangeApplier : IDisposable
{
    private const int BusyTimeoutMilliseconds = 30_000;

    private readonly SqliteConnection _connection;
    private readonly HashSet<ConversationWriter> _touched = [];
    private readonly MessageStatements _messages;
    private readonly ContentApplier _contents;
    private readonly ConversationStatements _conversations;
    private readonly IdempotencyStatements _keys;
    private readonly StoreStatement _begin;
    private readonly StoreStatement _commit;
    private volatile bool _messagesMayBegin = true;
    private bool _changesNames;

    /// <exception cref="SqliteException">The file is damaged.</exception>
    public ChangeApplier(
        SqliteConnection connection,
        SearchIndexer indexer,
        MessageReader reader,
        TimeProvider timeProvider
    )
    {
        _connection = connection;
        // Prepared statements do not use the timeout of the connection's commands.
        _ = raw.sqlite3_busy_timeout(connection.Handle, BusyTimeoutMilliseconds);
        _messages = new MessageStatements(connection);
        _contents = new ContentApplier(connection, _messages, indexer, reader);
        _conversations = new ConversationStatements(connection, timeProvider);
        _keys = new IdempotencyStatements(connection);
        _begin = new StoreStatement(connection.Handle!, "BEGIN IMMEDIATE");
        _commit = new StoreStatement(connection.Handle!, "COMMIT");
    }

    /// <summary>Whether the time of a disappearing message may have begun since this was last set to false.</summary>
    public bool MessagesMayBegin
    {
        get => _messagesMayBegin;
        set => _messagesMayBegin = value;
    }

    /// <summary>
    /// Whether peers were accepted or removed, in a transaction that was committed since this was last set to false.
    /// </summary>
    public bool HaveNamesChanged { get; set; }

    public void Begin() => _begin.Run();

    public void Commit()
    {
        _ = _commit.Run();
        HaveNamesChanged |= _changesNames;
        _changesNames = false;
        _touched.Clear();
    }

    public void RollBack()
    {
        // The transaction may have inserted their rows.
        foreach (var conversation in _touched)
        {
            conversation.Row = 0;
            conversation.Progress.Clear();
        }

        _touched.Clear();
        _changesNames = false;
        // SQLite rolls back by itself after some errors, such as a full disk.
        if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            StoreSchema.Execute(_connection, "ROLLBACK");
        }
    }

    public void Dispose()
    {
        _messages.Dispose();
        _contents.Dispose();
        _conversations.Dispose();
        _keys.Dispose();
        _begin.Dispose();
        _commit.Dispose();
    }

    /// <summary>Writes one change, except the progress of its conversation: see <see cref="SaveProgress()"/>.</summary>
    public void Apply(in StoreWork work)
    {
        var conversation = work.Conversation;
        if (conversation.Row == 0)
        {
            conversation.Row = _conversations.FindOrInsert(conversation.Remote, conversation.Epoch);
        }

        var (peer, progress) = (conversation.Row, conversation.Progress);
        _ = _touched.Add(conversation);
        if (work.Key is { } key)
        {
            _keys.Insert(peer, key);
        }

        if (work.Change is Change.Read or Change.Acknowledged or Change.Abandoned or Change.EpochBegun)
        {
            MessagesMayBegin = true;
        }

        switch (work.Change)
        {
            case Change.Queued queued:
                progress.Next = queued.Sequence + 1;
                if (queued.Message.Content is null)
                {
                    _ = _messages.InsertOutgoing(peer, queued);
                }
                else
                {
                    // The state of the message that it changes depends on it.
                    SaveProgress(conversation);
                    _contents.Apply(conversation, queued);
                }

                break;
            case Change.Received received:
                Apply(conversation, received);
                break;
            case Change.Acknowledged acknowledged:
                (progress.Base, progress.Checksum) = (acknowledged.Base, acknowledged.Checksum);
                progress.Acknowledged = acknowledged.ByRemote ? acknowledged.Base : progress.Acknowledged;
                foreach (var id in acknowledged.Late)
                {
                    _messages.SetDelivered(peer, id);
                }

                break;
            case Change.Transmitted sent:
                progress.SentNext = Math.Max(progress.SentNext, sent.To);
                if (sent.Deposited)
                {
                    SaveProgress(conversation);
                    _messages.SetDeposited(peer, sent.Epoch, sent.From, sent.To, deposited: true);
                }

                break;
            case Change.DepositsLost lost:
                SaveProgress(conversation);
                _messages.SetDeposited(peer, lost.Epoch, lost.From, lost.To, deposited: false);
                break;
            case Change.Abandoned abandoned:
                _messages.Abandon(peer, abandoned);
                break;
            case Change.TextsCleared cleared:
                _contents.Clear(conversation, cleared.All);
                break;
            case Change.SkipSent skipped:
                _messages.SetSkipSent(peer, skipped.Id);
                break;
            case Change.EpochBegun begun:
                Apply(conversation, begun);
                break;
            case Change.ReadByThem read:
                _conversations.SetReadByThem(peer, read);
                break;
            case Change.Read read:
                SaveProgress(conversation);
                _conversations.SetRead(peer, read.Next);
                break;
            case Change.AckOwed ack:
                _conversations.SetAckOwed(peer, ack.Owed);
                break;
            case Change.Accepted accepted:
                _conversations.Accept(peer, accepted);
                _changesNames = true;
                // In the same transaction, so that a crash leaves no accepted peer without a pinned key.
                if (!work.IsEphemeral && !accepted.IsForRooms)
                {
                    ContactTable.Pin(_connection, accepted.Name, conversation.Remote);
                }

                if (!accepted.InviteId.IsEmpty)
                {
                    InviteTable.Use(_connection, accepted.InviteId, accepted.Name, conversation.Remote);
                }

                break;
            case Change.Introduced introduced:
                _conversations.SetIntroduction(peer, introduced);
                break;
            case Change.Confirmed:
                _conversations.Confirm(peer);
                break;
            case Change.FeaturesChanged changed:
                _conversations.SetFeatures(peer, changed.Features);
                break;
            case Change.ContactRemoved:
                _conversations.RemoveContact(peer);
                _changesNames = true;
                break;
        }
    }

    /// <summary>Writes the progress of the conversations. Call it before the transaction is committed.</summary>
    public void SaveProgress()
    {
        foreach (var conversation in _touched)
        {
            SaveProgress(conversation);
        }
    }

    private void SaveProgress(ConversationWriter conversation)
    {
        var (peer, progress) = (conversation.Row, conversation.Progress);
        if (progress.Base > 0 || progress.Next > 0 || progress.SentNext > 0)
        {
            _conversations.SaveOwnProgress(peer, progress);
        }

        if (progress.Base > 0)
        {
            _messages.WipeDeleted(peer);
        }

        if (progress.TheirEpoch > 0)
        {
            _conversations.SaveTheirProgress(peer, progress);
        }

        progress.Clear();
    }

    private void Apply(ConversationWriter conversation, Change.Received received)
    {
        var progress = conversation.Progress;
        // The end of the previous epoch must be in the row before the next one replaces it.
        if (progress.TheirEpoch > 0 && progress.TheirEpoch != received.Epoch)
        {
            SaveProgress(conversation);
        }

        foreach (var message in received.Messages)
        {
            if (!Insert(conversation, message))
            {
                conversation.NoteSeenBefore(message.Id);
            }
        }

        _contents.Clear(conversation, received.Cleared);
        progress.HasReceived |= received.Messages.Count > 0;

        (progress.TheirEpoch, progress.TheirNext, progress.TheirChecksum, progress.TheirKept) = (
            received.Epoch,
            received.Next,
            received.Checksum,
            received.Kept
        );
    }

    private bool Insert(ConversationWriter conversation, IncomingMessage message)
    {
        if (message.Content is null)
        {
            return _messages.InsertIncoming(conversation.Row, message);
        }

        SaveProgress(conversation);
        return _contents.Apply(conversation, message);
    }

    private void Apply(ConversationWriter conversation, Change.EpochBegun begun)
    {
        SaveProgress(conversation);
        var peer = conversation.Row;
        if (begun.Recalled is { } recalled)
        {
            StoredRecall.Mark(_connection, peer, recalled);
            _conversations.SetAcknowledged(peer, recalled.Kept);
        }

        _messages.Renumber(peer, begun);
        _conversations.BeginEpoch(peer, begun);
        // Abandoned messages are no longer in the outbox.
        _messages.WipeDeleted(peer);
    }
}
