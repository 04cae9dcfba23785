using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>What a person who does not see the page is told as it happens.</summary>
internal static class Announcement
{
    private const int Length = 160;

    /// <returns>Null for what need not be told.</returns>
    public static string? Of(PeerEvent @event) =>
        @event switch
        {
            PeerEvent.MessageReceived { Message: var message } =>
                $"{message.From}: {MessageText.Preview(message.Text, Length)}",
            PeerEvent.Request { From: var name } => $"{name} asks to connect",
            PeerEvent.Connected { With: var name } => $"Connected to {name}",
            PeerEvent.Disconnected { With: var name } => $"No longer connected to {name}",
            PeerEvent.Receipt { To: var name, State: MessageState.Expired } => $"A message to {name} was not delivered",
            PeerEvent.Receipt { To: var name, State: MessageState.Refused } =>
                $"{name} will not receive a message: it was dropped",
            PeerEvent.Receipt { To: var name, State: MessageState.Unconfirmed } =>
                $"A message to {name} was never confirmed",
            PeerEvent.KeyChanged { Name: var name } => $"Warning: {name}'s key has changed",
            PeerEvent.NameClaimed { Name: var name } => $"Another peer claimed the name {name}, and was refused",
            PeerEvent.Receipt { To: var name, State: MessageState.Lost } =>
                $"{name} no longer has a message that was delivered",
            PeerEvent.DirectoryChanged { State: DirectoryState.Unreachable } => "The directory does not answer",
            PeerEvent.DirectoryChanged { State: DirectoryState.Registered, Detail: var detail } => detail
                ?? "The directory has you on its list",
            _ => null,
        };
}
