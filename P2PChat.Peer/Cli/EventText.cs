using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>Events as lines of the console.</summary>
public static class EventText
{
    /// <returns>Null for an event that a person need not hear of.</returns>
    public static string? Show(PeerEvent @event) =>
        @event switch
        {
            PeerEvent.MessageReceived { Message: var message } => $"{message.From}: {SafeText.Show(message.Text)}",
            PeerEvent.Request { From: var name, Key: var key } => $"* {CommandText.Request(name, key)}",
            PeerEvent.RequestWithdrawn { From: var name } => $"* {name} no longer asks to connect",
            PeerEvent.Connected { With: var name } => $"* connected to {name}",
            PeerEvent.Disconnected { With: var name, Reason: var reason } =>
                $"* {DisconnectReasonText.Describe(name, reason)}",
            PeerEvent.Receipt { State: MessageState.Expired, To: var name } =>
                $"* a message to {name} expired before it was delivered: send it again if it still matters",
            PeerEvent.Receipt { State: MessageState.Unconfirmed, To: var name } =>
                $"* a message to {name} was not confirmed in time: it may still be delivered from their mailbox",
            PeerEvent.Receipt { State: MessageState.Refused, To: var name } =>
                $"* a message that waited for {name} was dropped: send it again once you are connected",
            PeerEvent.Receipt { State: MessageState.Lost, To: var name } =>
                $"* {name} no longer has a message that was delivered: see 'history {name}'",
            PeerEvent.KeyChanged { Name: var name, Key: var key } => $"* {KeyWarning.For(name, key)}",
            PeerEvent.NameClaimed { Name: var name, Key: var key } => $"* {KeyWarning.ForClaim(name, key)}",
            PeerEvent.DirectoryChanged { State: var state, Detail: var detail } => Directory(state, detail) is { } line
                ? $"* {line}"
                : null,
            _ => null,
        };

    private static string? Directory(DirectoryState state, string? detail) =>
        state switch
        {
            DirectoryState.Registered => detail ?? "the directory has you on its list",
            DirectoryState.Unreachable => detail ?? "the directory cannot be reached: trying again",
            DirectoryState.Refused => detail ?? "the directory refuses to list you",
            _ => null,
        };
}
