using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Identifies what a prompt can open: the conversation with a contact, or a room.</summary>
public abstract record ChatKey
{
    private ChatKey() { }

    /// <summary>The key as a command takes it.</summary>
    public abstract string Typed { get; }

    public sealed override string ToString() => Typed;

    public sealed record Contact(Username Name) : ChatKey
    {
        public override string Typed => Name.Value;
    }

    /// <param name="Id">64 hexadecimal digits.</param>
    public sealed record Room(string Id) : ChatKey
    {
        public override string Typed => $"{RoomArguments.Sign}{Id}";
    }
}
