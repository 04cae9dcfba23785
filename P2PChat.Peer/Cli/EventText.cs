using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using DisconnectReasonText = P2PChat.Node.Model.DisconnectReasonText;
using RoomLinkText = P2PChat.Node.Model.RoomLinkText;

namespace P2PChat.Peer.Cli;

/// <summary>Events as lines of the console.</summary>
public static class EventText
{
    /// <returns>Null for an event that is not shown.</returns>
    public static string? Show(ApiEvent apiEvent) =>
        apiEvent switch
        {
            ApiEvent.MessageReceived { Message: var message } => $"{message.From}: {ContentText.Line(message)}",
            ApiEvent.MessageChanged changed => ContentText.Change(changed),
            ApiEvent.TimerChanged { By: var name, Username: var with, Seconds: var seconds } when name == with =>
                $"* {name} {TimerCommand.Changed(seconds)}",
            ApiEvent.FileChanged { File: var file } => FileText.Event(file),
            ApiEvent.RequestReceived { Username: var name, PeerId: var key, Invite: var invite } =>
                $"* {CommandText.Request(name, key, invite)}",
            ApiEvent.ContactAdded { Username: var name, ByThem: true } =>
                $"* {name} has accepted your request. Messages arrive even while you are not connected",
            ApiEvent.ContactAdded { Username: var name } =>
                $"* {name} is a contact now. Messages arrive even while you are not connected",
            ApiEvent.RequestWithdrawn { Username: var name } => $"* {name} no longer asks to connect",
            // Users expect a direct connection, so only other paths are mentioned.
            ApiEvent.Connected { Username: var name, Path: { } path and not PathKind.Direct } =>
                $"* connected to {name} ({CommandText.Path(path)})",
            ApiEvent.Connected { Username: var name } => $"* connected to {name}",
            ApiEvent.PathChanged { Username: var name, Path: var path } =>
                $"* the connection to {name} is now {CommandText.Path(path)}",
            ApiEvent.Disconnected { Username: var name, Reason: var reason } =>
                $"* {DisconnectReasonText.Describe(Username.Parse(name), (Node.Model.DisconnectReason)reason)}"
                    + reason switch
                    {
                        DisconnectReason.RequestExpired => $" ('connect {name}')",
                        DisconnectReason.Unreachable => $" ('doctor {name}' finds out why)",
                        _ => "",
                    },
            ApiEvent.ProfileChanged changed => ProfileCommands.Change(changed),
            ApiEvent.Receipt { Username: var name, State: var state } => Receipt(name, state),
            ApiEvent.ChangeReceipt changed => ContentText.Receipt(changed),
            ApiEvent.KeyChanged { Username: var name, PeerId: var key } => KeyChanged(name, PeerId.Parse(key)),
            ApiEvent.NameClaimed { Username: var name, PeerId: var key } => NameClaimed(name, PeerId.Parse(key)),
            ApiEvent.InviterKeyChanged { Username: var name } => $"* {InviterKeyWarning.For(Username.Parse(name))}",
            ApiEvent.InviteUsed { Username: var name, Invite: var id } => $"* {name} joined by your invite {id}",
            ApiEvent.InviteRefused { Username: var name, Reason: var reason } => Refused(name, reason),
            ApiEvent.DirectoryChanged { Directory: var directory } => Directory(directory),
            ApiEvent.RoomLinkAccepted { RoomName: var room } => $"* you are in {RoomText.Handle(room)} now",
            ApiEvent.RoomLinkRefused { Username: var name, Reason: var reason } =>
                $"* {RoomLinkText.Of(name, (RoomInviteRefusal)reason).TrimEnd('.')}",
            ApiEvent.RoomMessageReceived or ApiEvent.RoomMessageChanged => RoomText.Event(apiEvent),
            ApiEvent.RoomChanged or ApiEvent.RoomForked => RoomText.Event(apiEvent),
            ApiEvent.Reset => "* too many events at once, and some are not shown. Use 'history' to see the messages",
            _ => null,
        };

    private static string KeyChanged(string name, PeerId key) =>
        $"* {CommandHint.Add(KeyWarning.For(Username.Parse(name), key), $"'trust {name} {key.Short}'")}";

    private static string NameClaimed(string name, PeerId key) =>
        $"* {CommandHint.Add(KeyWarning.ForClaim(Username.Parse(name), key), $"'disconnect {name}'")}";

    private static string? Receipt(string name, MessageState state) =>
        state switch
        {
            MessageState.Expired =>
                $"* a message to {name} expired before it was delivered. Send it again if it still matters",
            MessageState.Unconfirmed =>
                $"* a message to {name} was not confirmed in time. It may still be delivered from their mailbox",
            MessageState.Refused => $"* a queued message to {name} was dropped. Send it again once you are connected",
            MessageState.Lost => $"* {name} no longer has a message that was delivered. See 'history {name}'",
            _ => null,
        };

    private static string Refused(string name, InviteItemState reason) =>
        (
            reason switch
            {
                InviteItemState.Used => $"* {name}'s invite has already been used",
                InviteItemState.Expired => $"* {name}'s invite has expired",
                _ => $"* {name}'s invite was revoked",
            }
        ) + $". {name} is asked to accept, as with any request";

    private static string? Directory(DirectoryStatus directory) =>
        directory.State switch
        {
            DirectoryState.Registered => $"* {directory.Detail ?? "registered in the directory"}",
            DirectoryState.Unreachable => $"* {directory.Detail ?? "the directory cannot be reached. Trying again"}",
            DirectoryState.Refused => $"* {directory.Detail ?? "the directory refuses to list you"}",
            _ => null,
        };
}
