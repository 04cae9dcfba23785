using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Finds the message that a user refers to, and checks what may be done with it. Thread-safe.</summary>
internal sealed class MessageTargets(PeerStore store)
{
    /// <summary>Finds a message of either side.</summary>
    /// <param name="isOurs">Whether this user has sent it; null for either.</param>
    /// <param name="key">The other peer's key whose messages count; null for all keys that the name has had.</param>
    /// <exception cref="PeerException">There is no such message, or two, or the store cannot be read.</exception>
    public Message Find(Username with, Guid id, bool? isOurs, PeerId? key = null)
    {
        var all = All(with, id).Where(one => isOurs is null || isOurs == (one.Message.From != with)).ToList();
        var found = all.Where(one => key is null || one.Key == key).Select(one => one.Message).ToList();
        return found switch
        {
            [var message] => message,
            [] => throw (all.Count > 0 ? Refusals.EarlierKey(with) : Refusals.UnknownMessage()),
            _ => throw Refusals.AmbiguousMessage(),
        };
    }

    /// <summary>Finds a message that this user has sent, even if the other one has sent one with the same id.</summary>
    /// <inheritdoc cref="Find"/>
    public Message FindOwn(Username with, Guid id, PeerId key) =>
        All(with, id).FirstOrDefault(one => one.Key == key && one.Message.From != with).Message
        ?? (
            Find(with, id, isOurs: null, key).From == with
                ? throw Refusals.NotYourMessage()
                : throw Refusals.UnknownMessage()
        );

    /// <summary>Finds out which side has sent a message, so that no message of the other side is meant too.</summary>
    /// <param name="isShown">Whether deleted messages do not count.</param>
    /// <returns>Whether this user has; null if there is no such message.</returns>
    /// <exception cref="PeerException">Both sides have sent one, or the store cannot be read.</exception>
    public bool? SideOf(Username with, Guid id, bool isShown) =>
        SessionTable.Guard(() => store.AfterFlush().SidesOf(with, id, isShown)) switch
        {
            [var isOurs] => isOurs,
            [] => null,
            _ => throw Refusals.AmbiguousMessage(),
        };

    /// <summary>Whether this side's last change of a kind has failed, so that the other side lacks it.</summary>
    public bool LacksChange(Message message, MessageChange change) =>
        SessionTable.Guard(() => store.Details.StateOf(message, change)) is { } state
        && MessageChanges.HasFailed(state);

    /// <summary>The reference by which the other side finds a message.</summary>
    public static MessageReference ReferenceTo(Message message) => new(message.Id, Yours: message.From == message.With);

    /// <exception cref="PeerException">The message can no longer be edited.</exception>
    public static void ThrowIfNotEditable(Message message, DateTimeOffset now)
    {
        if (
            message.State is MessageState.Expired or MessageState.Refused or MessageState.TakenBack or MessageState.Lost
        )
        {
            throw Refusals.NotDelivered();
        }

        if (message.File is not null)
        {
            throw Refusals.FileNotEditable();
        }

        if (!ContentRules.MayEdit(message.SentAt, now))
        {
            throw Refusals.TooOldToEdit();
        }
    }

    /// <exception cref="PeerException">The message was deleted for everyone.</exception>
    public static Message ThrowIfRemoved(Message message) =>
        message.IsRemoved ? throw Refusals.MessageDeleted() : message;

    private IReadOnlyList<(PeerId Key, Message Message)> All(Username with, Guid id) =>
        SessionTable.Guard(() =>
        {
            _ = store.AfterFlush();
            return store.Details.Find(with, id);
        });
}
