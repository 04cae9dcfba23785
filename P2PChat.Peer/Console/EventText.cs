using P2PChat.Peer.Chat;
using P2PChat.Peer.Identity;

namespace P2PChat.Peer.Console;

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
            PeerEvent.Disconnected { With: var name, Reason: var reason } => $"* {Disconnected(name.Value, reason)}",
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

    private static string Disconnected(string name, DisconnectReason reason) =>
        reason switch
        {
            DisconnectReason.EndedByThem => $"{name} has ended the connection",
            DisconnectReason.EndedByUs => $"disconnected from {name}",
            DisconnectReason.WentOffline => $"{name} has gone: offline",
            DisconnectReason.ConnectionLost => $"{name} has gone: connection lost",
            DisconnectReason.Silent => $"{name} has gone: nothing was heard of it for too long",
            DisconnectReason.Rejected => $"{name} has rejected your request",
            DisconnectReason.Busy => $"{name} accepts no more requests at the moment: try again in a minute",
            DisconnectReason.TooSoon => $"{name} rejected your last request: wait a minute before you ask again",
            DisconnectReason.NoAnswer => $"{name} has not answered: try again later",
            DisconnectReason.Unreachable => $"{name} cannot be reached: none of its addresses answers",
            DisconnectReason.WrongIdentity =>
                $"not connected to {name}: who answers there has another key than the directory says",
            DisconnectReason.NameRefused =>
                $"{name} could not make sure of your name: try again when both of you reach the directory",
            DisconnectReason.NameHeldByAnother =>
                $"not connected to {name}: another peer with that name is already connected. Disconnect from it first",
            DisconnectReason.NameInUse =>
                $"{name} is still connected to another peer under your name: try again in a minute",
            DisconnectReason.KeyRefused =>
                $"{name} knows your name under another key: tell {name} that your key is new, and try again once they trust it",
            DisconnectReason.HandshakeTimedOut => $"{name} took too long to connect: try again",
            DisconnectReason.HandshakeFailed =>
                $"not connected to {name}: its address answers, but the secure connection failed. Try again later",
            DisconnectReason.VersionMismatch =>
                $"{name} speaks another version of the protocol: one of you needs a newer program",
            DisconnectReason.ProtocolError => $"the connection to {name} is ended: the protocol was broken",
            DisconnectReason.InternalError =>
                $"the connection to {name} ended because one of the two peers failed: see its log",
            DisconnectReason.Overloaded => $"the connection to {name} is ended: too much at once, try again later",
            _ => $"the connection to {name} is ended",
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
