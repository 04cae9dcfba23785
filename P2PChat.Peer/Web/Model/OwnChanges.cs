using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The changes by this user that the other side does not have yet. Only the store knows them, so the page asks again
/// until they have arrived. Not thread-safe.
/// </summary>
internal sealed class OwnChanges(MessageService messages, Username self)
{
    // Each refresh asks for these, the newest.
    private const int MaxAsked = 50;

    // By the message as it was when the store was asked. Null: there is nothing to wait for.
    private Dictionary<Message, MessageState?> _states = [];

    /// <summary>How far the last change of a message has come; null once it has arrived.</summary>
    public MessageState? StateOf(Message message) => _states.GetValueOrDefault(message);

    public void Refresh(IReadOnlyList<Message> shown)
    {
        var asked = 0;
        var states = new Dictionary<Message, MessageState?>();
        foreach (var message in shown.Reverse().Where(MayBeChanged))
        {
            var isKnown = _states.TryGetValue(message, out var state);
            if ((!isKnown || state is not null) && ++asked <= MaxAsked)
            {
                state = Read(message);
            }

            states[message] = state;
        }

        _states = states;
    }

    private bool MayBeChanged(Message message) =>
        (message.From == self && (message.IsRemoved || message.EditedAt is not null))
        || message.Reactions.Any(reaction => reaction.From == self);

    private MessageState? Read(Message message)
    {
        try
        {
            return messages
                .InfoOf(message.With, message.Id)
                .Changes.Where(change => change.From == self)
                .Where(change => !message.IsRemoved || change.Change == MessageChange.Delete)
                .DistinctBy(change => change.Change)
                .Select(change => (MessageState?)change.State)
                .FirstOrDefault(state => state is not (MessageState.Delivered or MessageState.Read));
        }
        catch (PeerException)
        {
            // It was deleted meanwhile, or its id names a message of each side.
            return null;
        }
    }
}
