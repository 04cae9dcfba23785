using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Names a message of a conversation. Both sides choose ids, so one id alone may name two messages.</summary>
internal readonly record struct MessageKey(bool IsOwn, Guid Id)
{
    public static MessageKey Of(Message message) => new(message.From != message.With, message.Id);

    public override string ToString() => $"{(IsOwn ? "own" : "theirs")}-{Id}";
}
