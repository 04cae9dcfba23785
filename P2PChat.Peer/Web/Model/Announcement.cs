using System.Text.RegularExpressions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Describes events for screen readers.</summary>
internal static partial class Announcement
{
    private const int MaxPreviewLength = 160;

    /// <param name="nameOf">Returns the nickname or the username.</param>
    /// <returns>Null for events that are not announced.</returns>
    public static string? Of(PeerEvent peerEvent, Func<Username, string> nameOf) =>
        peerEvent switch
        {
            PeerEvent.MessageReceived { Message: { File: { } file } message } =>
                $"{nameOf(message.From)} sent {OfFile(file)}",
            PeerEvent.MessageReceived { Message: var message } =>
                $"{nameOf(message.From)}: {Spoken(MessageText.Preview(message.Text, MaxPreviewLength))}",
            PeerEvent.MessageChanged { Message: var message, By: var by } changed when by == message.With =>
                changed.Change switch
                {
                    MessageChange.Delete => $"{nameOf(by)} deleted a message",
                    MessageChange.Edit => $"{nameOf(by)} edited a message: "
                        + Spoken(MessageText.Preview(message.Text, MaxPreviewLength)),
                    _ when message.Reactions.FirstOrDefault(one => one.From == by) is { } reaction =>
                        $"{nameOf(by)} reacted with {reaction.Emoji}",
                    _ => $"{nameOf(by)} removed a reaction",
                },
            PeerEvent.TransferChanged { Transfer: var file } => OfTransfer(file, nameOf(file.With)),
            PeerEvent.TimerChanged { Message: var line } when line.From == line.With => TimerText.Line(
                line,
                nameOf(line.From)
            ),
            PeerEvent.Request { From: var name } => $"{nameOf(name)} asks to connect",
            PeerEvent.ContactAdded { With: var name, ByThem: true } => $"{nameOf(name)} has accepted your request",
            PeerEvent.Connected { With: var name } => $"Connected to {nameOf(name)}",
            PeerEvent.Disconnected { With: var name } => $"No longer connected to {nameOf(name)}",
            PeerEvent.Receipt { To: var name, State: MessageState.Expired } =>
                $"A message to {nameOf(name)} was not delivered in time",
            PeerEvent.Receipt { To: var name, State: MessageState.Refused } =>
                $"A message to {nameOf(name)} was refused",
            PeerEvent.Receipt { To: var name, State: MessageState.Unconfirmed } =>
                $"A message to {nameOf(name)} was not confirmed",
            PeerEvent.Receipt { To: var name, State: MessageState.Lost } =>
                $"{nameOf(name)} no longer has a message that was delivered",
            PeerEvent.KeyChanged { Name: var name } => $"Warning: {nameOf(name)}'s key has changed",
            PeerEvent.InviterKeyChanged { Name: var name } => $"Warning: {InviterKeyWarning.For(name)}",
            PeerEvent.InviteUsed { By: var name } => $"{nameOf(name)} joined by your invite",
            PeerEvent.InviteRefused { By: var name, Reason: var reason } => InviteRefusalText.OfOurs(
                nameOf(name),
                reason
            ),
            PeerEvent.NameClaimed { Name: var name } =>
                $"Another peer tried to connect as {nameOf(name)} and was refused",
            PeerEvent.DirectoryChanged { State: DirectoryState.Unreachable } => "Your peer cannot reach the directory",
            PeerEvent.DirectoryChanged { State: DirectoryState.Registered, Detail: var detail } => detail
                ?? "Registered in the directory",
            _ => null,
        };

    /// <param name="faceOf">Returns how a person in a room is shown.</param>
    /// <param name="shown">The address of the open page. What happens in an open room is always announced.</param>
    /// <returns>Null for events that are not about a room, or not announced.</returns>
    public static string? OfRoom(PeerEvent peerEvent, Func<RoomPerson, RoomFace> faceOf, string shown) =>
        peerEvent switch
        {
            PeerEvent.RoomMessageReceived { Message: var message } received
                when received.Notifies || shown == PageRoom.PathOf(message.Room.Id) =>
                $"{faceOf(message.From).Name} in {message.Room.Name}: "
                    + Spoken(RoomText.Preview(message, MaxPreviewLength)),
            PeerEvent.RoomMessageChanged { Message: { IsOwn: false, EditedAt: not null, IsRemoved: false } message }
                when shown == PageRoom.PathOf(message.Room.Id) => $"{faceOf(message.From).Name} changed a message: "
                + Spoken(RoomText.Preview(message, MaxPreviewLength)),
            PeerEvent.RoomLinkAccepted { Room.Name: var room } => $"You are in {room} now",
            PeerEvent.RoomLinkRefused { By: var by, Reason: var reason } => RoomLinkText.Of(by.Value, reason),
            PeerEvent.RoomChanged
            {
                Room: { Standing: RoomStanding.Invited, InvitedBy: { } by } room,
                Change.Kind: RoomChangeKind.Invited
            } => $"{faceOf(by).Name} invites you to the room {room.Name}",
            PeerEvent.RoomChanged
            {
                Room: { Standing: RoomStanding.Left } room,
                Change.Kind: RoomChangeKind.Left or RoomChangeKind.Removed
            } => room.RemovedBy is { } by
                ? $"{faceOf(by).Name} removed you from {room.Name}"
                : $"You are no longer a member of {room.Name}",
            PeerEvent.RoomChanged { Room: { Standing: RoomStanding.Joined } room, Change: { } change }
                when shown == PageRoom.PathOf(room.Id) => OfChange(change, room.Name, faceOf),
            _ => null,
        };

    private static string? OfChange(RoomChangeView change, string room, Func<RoomPerson, RoomFace> faceOf)
    {
        var who = faceOf(change.Who);
        var by = change.By is { } person ? faceOf(person).Subject : "Somebody";
        return change.Kind switch
        {
            RoomChangeKind.Joined => $"{who.Subject} joined",
            RoomChangeKind.Left => $"{who.Subject} left",
            RoomChangeKind.Removed => $"{by} removed {who.Object}",
            RoomChangeKind.Role => $"{by} gave {who.Object} the role {RoomText.Role(change.Role)}",
            RoomChangeKind.Renamed => $"{by} renamed the room to {room}",
            _ => null,
        };
    }

    private static string OfFile(MessageFile file) =>
        FileLook.Of(file) is { Words: var words } && words != file.Name
            ? $"a {words.ToLowerInvariant()}"
            : $"a file: {file.Name}";

    private static string? OfTransfer(FileTransfer file, string them) =>
        file.State switch
        {
            TransferState.Completed => file.IsOurs ? $"{them} received {file.Name}" : $"Received {file.Name}",
            TransferState.Declined when file.IsOurs => $"{them} declined {file.Name}",
            TransferState.Cancelled => $"The transfer of {file.Name} was cancelled",
            TransferState.Paused when file.Problem == TransferProblem.DiskFull =>
                $"The transfer of {file.Name} paused: the disk is full",
            TransferState.Paused when file.Problem == TransferProblem.NotWritable =>
                $"The transfer of {file.Name} waits: the download folder cannot be written",
            TransferState.Failed => $"The transfer of {file.Name} failed",
            _ => null,
        };

    // A screen reader would read out every block character.
    private static string Spoken(string preview) => Blocks().Replace(preview, "hidden text");

    [GeneratedRegex("▒+")]
    private static partial Regex Blocks();
}
