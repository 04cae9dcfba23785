using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>Changes messages that are already stored: reactions, edits and deletes.</summary>
/// <exception cref="SqliteException">The file is damaged.</exception>
internal sealed class ContentStatements : StatementSet
{
    private readonly StoreStatement _target;
    private readonly StoreStatement _disappeared;
    private readonly StoreStatement _reactOurs;
    private readonly StoreStatement _reactTheirs;
    private readonly StoreStatement _keepVersion;
    private readonly StoreStatement _dropVersion;
    private readonly StoreStatement _edit;
    private readonly StoreStatement _remove;
    private readonly StoreStatement _dropVersions;
    private readonly StoreStatement _clear;
    private readonly StoreStatement _offer;
    private readonly StoreStatement _roomEvent;

    public ContentStatements(SqliteConnection connection)
        : base(connection)
    {
        const string React = "= ?2 WHERE position = ?1 AND hidden = 0 AND removed = 0";
        _target = Prepare("SELECT position FROM messages WHERE peer = ?1 AND outgoing = ?2 AND id = ?3 AND kind = 0");
        _disappeared = Prepare("SELECT position FROM messages WHERE position = ?1 AND removed = 2");
        _reactOurs = Prepare($"UPDATE messages SET our_reaction {React}");
        _reactTheirs = Prepare($"UPDATE messages SET their_reaction {React}");
        _keepVersion = Prepare(
            """
            INSERT INTO versions (message, number, sent_at, text)
            SELECT position, 1 + (SELECT coalesce(max(number), 0) FROM versions WHERE message = ?1),
              coalesce(edited_at, sent_at), text
            FROM messages WHERE position = ?1 AND hidden = 0 AND removed = 0 AND abs(sent_at - ?2) <= ?3
              AND (content IS NULL OR substr(content, 1, 1) <> x'32')
            """
        );
        _dropVersion = Prepare(
            """
            DELETE FROM versions WHERE message = ?1 AND number > 1
              AND number <= (SELECT max(number) FROM versions WHERE message = ?1) - ?2
            """
        );
        _edit = Prepare("UPDATE messages SET text = ?2, edited_at = ?3 WHERE position = ?1");
        _remove = Prepare(
            """
            UPDATE messages SET removed = 1, text = '', content = NULL, target = NULL, edited_at = NULL,
              our_reaction = NULL, their_reaction = NULL
            WHERE position = ?1 AND removed = 0
            """
        );
        _dropVersions = Prepare("DELETE FROM versions WHERE message = ?1");
        // Without a text, a row of the outbox is sent with that of its content: see OutboxQuery.
        _clear = Prepare("UPDATE messages SET text = '', content = ?3 WHERE peer = ?1 AND outgoing = 1 AND id = ?2");
        // One beyond the limit is declined, because offers take space here, and hide others.
        _offer = Prepare(
            $"""
            INSERT OR IGNORE INTO transfers (peer, outgoing, id, offer, preview, size, state)
            SELECT ?1, 0, ?2, ?3, ?4, ?5, iif(count(*) FILTER (WHERE state = 0) < {TransferTable.MaxOffered}
              AND count(*) < {TransferTable.MaxOpen}, 0, 4)
            FROM transfers WHERE peer = ?1 AND state <= 2 AND outgoing = 0
            """
        );
        _roomEvent = Prepare(
            """
            INSERT INTO room_inbox (sender, is_contact, event)
              SELECT peer_id, accepted AND NOT for_rooms, ?2 FROM peers
                LEFT JOIN room_inbox_sizes ON sender = peer_id
                WHERE id = ?1 AND ifnull(bytes, 0) + length(?2) <= ?3
            """
        );
    }

    /// <summary>Finds the position of the message that content quotes or changes.</summary>
    /// <param name="isOurs">Whether this side sent the content.</param>
    /// <returns>0 if it is unknown, or there is none.</returns>
    public long FindTarget(long peer, MessageContent content, bool isOurs)
    {
        if (content is MessageContent.Timer or MessageContent.File or MessageContent.Room)
        {
            return 0;
        }

        var (id, isOurTarget) = content switch
        {
            MessageContent.Reply { To: var to } => (to.Id, to.Yours != isOurs),
            MessageContent.Reaction { To: var to } => (to.Id, to.Yours != isOurs),
            MessageContent.Edit { Id: var edited } => (edited, isOurs),
            MessageContent.Delete { Id: var deleted } => (deleted, isOurs),
            _ => throw new ArgumentOutOfRangeException(nameof(content)),
        };
        return _target.Bind(1, peer).Bind(2, isOurTarget ? 1L : 0L).Bind(3, id).Find();
    }

    /// <summary>Whether the text of a message has been erased because its time was over.</summary>
    public bool HasDisappeared(long target) => target != 0 && _disappeared.Bind(1, target).Find() != 0;

    /// <summary>Adds a file that the other side has offered.</summary>
    public void AddOffer(long peer, Guid id, FileOffer offer) =>
        _offer
            .Bind(1, peer)
            .Bind(2, id)
            .Bind(3, new MessageContent.File(offer.WithoutPreview).ToBytes())
            .BindOrNull(4, offer.Preview.IsEmpty ? null : offer.Preview.ToArray())
            .Bind(5, offer.Size)
            .Run();

    /// <summary>
    /// Keeps an event of a room that has arrived, unless too many of its sender wait: see
    /// <see cref="RoomTable.Arrived"/>.
    /// </summary>
    public void AddRoomEvent(long peer, ReadOnlyMemory<byte> roomEvent) =>
        _roomEvent.Bind(1, peer).Bind(2, roomEvent.Span).Bind(3, (long)RoomTable.MaxWaitingBytes).Run();

    /// <summary>Sets or removes the reaction of one user.</summary>
    /// <param name="emoji">Empty to remove it.</param>
    /// <returns>False if the message is deleted.</returns>
    public bool React(long target, string emoji, bool isOurs) =>
        (isOurs ? _reactOurs : _reactTheirs).Bind(1, target).Bind(2, isOurs || emoji.Length > 0 ? emoji : null).Run()
        > 0;

    /// <summary>Replaces the text of a message, and keeps the earlier version.</summary>
    /// <returns>False if the message is deleted, or the edit too late.</returns>
    public bool Edit(long target, string text, DateTimeOffset sentAt)
    {
        var limit = (long)ContentRules.EditLimit.TotalMilliseconds;
        var at = sentAt.ToUnixTimeMilliseconds();
        if (_keepVersion.Bind(1, target).Bind(2, at).Bind(3, limit).Run() == 0)
        {
            return false;
        }

        _ = _dropVersion.Bind(1, target).Bind(2, ContentRules.MaxVersions - 1L).Run();
        _ = _edit.Bind(1, target).Bind(2, text).Bind(3, at).Run();
        return true;
    }

    /// <summary>Deletes a message for everyone: its text, its versions and its reactions.</summary>
    /// <returns>False if it is deleted already.</returns>
    public bool Remove(long target)
    {
        if (_remove.Bind(1, target).Run() == 0)
        {
            return false;
        }

        _ = _dropVersions.Bind(1, target).Run();
        return true;
    }

    /// <summary>Removes the text of a message in the outbox.</summary>
    public void Clear(long peer, ClearedMessage cleared) =>
        _clear.Bind(1, peer).Bind(2, cleared.Id).BindOrNull(3, cleared.Content?.ToBytes()).Run();
}
