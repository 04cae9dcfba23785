using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;

namespace P2PChat.Peer.Web.Model;

/// <summary>Describes events for screen readers.</summary>
internal static class Announcement
{
    private const int MaxPreviewLength = 160;

    /// <returns>Null for events that are not announced.</returns>
    public static string? Of(PeerEvent peerEvent) =>
        peerEvent switch
        {
            PeerEvent.MessageReceived { Message: var message } =>
                $"{message.From}: {MessageText.Preview(message.Text, MaxPreviewLength)}",
            PeerEvent.Request { From: var name } => $"{name} asks to connect",
            PeerEvent.ContactAdded { With: var name, ByThem: true } => $"{name} has accepted your request",
            PeerEvent.Connected { With: var name } => $"Connected to {name}",
            PeerEvent.Disconnected { With: var name } => $"No longer connected to {name}",
            PeerEvent.Receipt { To: var name, State: MessageState.Expired } => $"A message to {name} was not delivered",
            PeerEvent.Receipt { To: var name, State: MessageState.Refused } => $"A message to {name} was dropped",
            PeerEvent.Receipt { To: var name, State: MessageState.Unconfirmed } =>
                $"A message to {name} was not confirmed",
            PeerEvent.Receipt { To: var name, State: MessageState.Lost } =>
                $"{name} no longer has a message that was delivered",
            PeerEvent.KeyChanged { Name: var name } => $"Warning: {name}'s key has changed",
            PeerEvent.InviterKeyChanged { Name: var name } => $"Warning: {InviterKeyWarning.For(name)}",
            PeerEvent.InviteUsed { By: var name } => $"{name} joined by your invite",
            PeerEvent.InviteRefused { By: var name, Reason: var reason } => InviteRefusalText.OfOurs(name, reason),
            PeerEvent.NameClaimed { Name: var name } => $"Another peer tried to connect as {name} and was refused",
            PeerEvent.DirectoryChanged { State: DirectoryState.Unreachable } => "The directory cannot be reached",
            PeerEvent.DirectoryChanged { State: DirectoryState.Registered, Detail: var detail } => detail
                ?? "Registered in the directory",
            _ => null,
        };
}
