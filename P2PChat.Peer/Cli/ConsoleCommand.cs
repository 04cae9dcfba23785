using P2PChat.Client;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Peer.Cli;

/// <summary>A parsed console command. The subtypes are a closed set.</summary>
public abstract record ConsoleCommand
{
    private ConsoleCommand() { }

    public sealed record List : ConsoleCommand;

    public sealed record Connect(Username Name) : ConsoleCommand;

    /// <param name="Agreed">Whether to use the link without asking.</param>
    public sealed record ConnectByInvite(InviteLink Link, bool Agreed) : ConsoleCommand
    {
        // The link is a secret.
        public override string ToString() => $"{nameof(ConnectByInvite)} {Link.Inviter}";
    }

    public sealed record Invite(int Uses, int Days) : ConsoleCommand;

    public sealed record Invites : ConsoleCommand;

    /// <param name="Id">The invite's eight characters.</param>
    public sealed record Revoke(string Id) : ConsoleCommand;

    public sealed record Accept(Username Name) : ConsoleCommand;

    public sealed record Reject(Username Name) : ConsoleCommand;

    public sealed record Send(Username Name, string Text) : ConsoleCommand;

    /// <summary>A message to the open conversation or room, typed as plain text at a prompt.</summary>
    public sealed record Say(ChatKey To, string Text) : ConsoleCommand;

    public sealed record Rooms : ConsoleCommand;

    /// <param name="Room">A room's name or id.</param>
    /// <param name="Argument">What follows the room: a person, a role, a name; empty for none.</param>
    /// <param name="Force">Whether the user is not asked.</param>
    public sealed record ChangeRoom(RoomVerb Verb, string Room, string Argument, bool Force = false) : ConsoleCommand;

    /// <summary>Does something with one message of a room.</summary>
    /// <param name="Text">A text or an emoji; empty for none.</param>
    public sealed record RoomMessage(RoomMessageVerb Verb, string Room, RoomMessageChoice Choice, string Text)
        : ConsoleCommand;

    public sealed record RoomMembers(string Room) : ConsoleCommand;

    public sealed record RoomLinks(string Room) : ConsoleCommand;

    /// <summary>Makes an invite link to a room.</summary>
    public sealed record RoomLink(string Room, int Uses, int Hours) : ConsoleCommand;

    public sealed record SendToRoom(string Room, string Text) : ConsoleCommand;

    public sealed record RoomHistory(string Room, int Count) : ConsoleCommand;

    /// <summary>Opens a conversation at a prompt.</summary>
    public sealed record Chat(Username Name) : ConsoleCommand;

    /// <summary>Opens a room at a prompt.</summary>
    public sealed record ChatRoom(string Room) : ConsoleCommand;

    /// <summary>Opens the conversation or room with a number.</summary>
    public sealed record ChatNumber(int Number) : ConsoleCommand;

    public sealed record Chats : ConsoleCommand;

    /// <summary>Leaves the open conversation, or closes the open room.</summary>
    public sealed record Leave : ConsoleCommand;

    public sealed record Disconnect(Username Name) : ConsoleCommand;

    /// <param name="Key">The short form of the key; null if a warning showed only one.</param>
    public sealed record Trust(Username Name, string? Key = null) : ConsoleCommand;

    public sealed record Contacts : ConsoleCommand;

    /// <param name="Text">The nickname; null to remove it.</param>
    public sealed record Nickname(Username Name, string? Text) : ConsoleCommand;

    public sealed record Block(Username Name) : ConsoleCommand;

    public sealed record Unblock(Username Name) : ConsoleCommand;

    /// <param name="Done">Says that it is done.</param>
    public sealed record Mark(Username Name, MarksRequest Marks, string Done) : ConsoleCommand;

    /// <param name="Seconds">Null to show it; 0 to turn it off.</param>
    public sealed record Timer(Username Name, long? Seconds) : ConsoleCommand;

    public sealed record Safety(Username Name) : ConsoleCommand;

    public sealed record Verify(Username Name, string Digits) : ConsoleCommand;

    public sealed record Profile : ConsoleCommand;

    /// <param name="DisplayName">Null to remove it.</param>
    public sealed record ChangeName(string? DisplayName) : ConsoleCommand;

    /// <param name="File">Null to remove it.</param>
    public sealed record ChangePicture(string? File) : ConsoleCommand;

    public sealed record SavePicture(Username Name, string File) : ConsoleCommand;

    public sealed record Settings : ConsoleCommand;

    /// <param name="Value">Null for the value with which the peer was started.</param>
    public sealed record ChangeSetting(string Name, string? Value) : ConsoleCommand;

    /// <param name="PassphraseFile">A file that contains the passphrase; null to ask for it.</param>
    public sealed record Backup(string File, bool Force, string? PassphraseFile) : ConsoleCommand;

    public sealed record History(Username Name, int Count) : ConsoleCommand;

    /// <summary>Shows the hidden text of the latest message that has some.</summary>
    public sealed record Reveal(Username Name) : ConsoleCommand;

    public sealed record RevealInRoom(string Room) : ConsoleCommand;

    public sealed record Search(string Words) : ConsoleCommand;

    public sealed record Export(Username Name, string File) : ConsoleCommand;

    public sealed record ExportRoom(string Room, string File) : ConsoleCommand;

    /// <param name="Id">The message to delete; null for all.</param>
    /// <param name="Force">Whether to delete all messages without asking.</param>
    /// <param name="Yours">Whether the user has sent the message; null if that was not typed.</param>
    public sealed record Delete(Username Name, Guid? Id, bool Force = false, bool? Yours = null) : ConsoleCommand;

    public sealed record Reply(Username Name, MessageChoice Choice, string Text) : ConsoleCommand;

    /// <param name="Emoji">Null to remove the reaction.</param>
    public sealed record React(Username Name, MessageChoice Choice, string? Emoji) : ConsoleCommand;

    public sealed record Edit(Username Name, MessageChoice Choice, string Text) : ConsoleCommand;

    /// <summary>Deletes a message on both sides.</summary>
    public sealed record Unsend(Username Name, MessageChoice Choice) : ConsoleCommand;

    public sealed record Info(Username Name, MessageChoice Choice) : ConsoleCommand;

    /// <param name="To">The contact or room that gets a copy of the text, as typed.</param>
    public sealed record Forward(Username Name, MessageChoice Choice, string To) : ConsoleCommand;

    /// <param name="Choice">The first message that becomes unread.</param>
    public sealed record MarkUnread(Username Name, MessageChoice Choice) : ConsoleCommand;

    public sealed record OfferFile(Username Name, string File) : ConsoleCommand;

    public sealed record Files : ConsoleCommand;

    /// <param name="Choice">Counted in the list of all files.</param>
    public sealed record ChangeFile(MessageChoice Choice, FileAction Action) : ConsoleCommand;

    /// <param name="Path">Null for the current folder.</param>
    public sealed record SaveFile(MessageChoice Choice, string? Path) : ConsoleCommand;

    public sealed record Requests : ConsoleCommand;

    public sealed record Status : ConsoleCommand;

    /// <param name="Name">The peer to try; null to check only this machine.</param>
    public sealed record Doctor(Username? Name) : ConsoleCommand;

    public sealed record Web : ConsoleCommand;

    /// <param name="Topic">The command to explain; null to list all.</param>
    public sealed record Help(CommandInfo? Topic) : ConsoleCommand;

    public sealed record Quit : ConsoleCommand;

    /// <summary>A command whose answer is one line of JSON, the same as from the local API.</summary>
    public sealed record Json(ConsoleCommand Listing) : ConsoleCommand;

    /// <summary>The username that the command names; null if it names none.</summary>
    public Username? About =>
        this switch
        {
            Connect { Name: var name } => name,
            ConnectByInvite { Link.Inviter: var name } => name,
            Mark { Name: var name } => name,
            Accept { Name: var name } => name,
            Reject { Name: var name } => name,
            Send { Name: var name } => name,
            Chat { Name: var name } => name,
            Disconnect { Name: var name } => name,
            Trust { Name: var name } => name,
            Nickname { Name: var name } => name,
            Block { Name: var name } => name,
            Unblock { Name: var name } => name,
            Timer { Name: var name } => name,
            SavePicture { Name: var name } => name,
            Safety { Name: var name } => name,
            Verify { Name: var name } => name,
            History { Name: var name } => name,
            Reveal { Name: var name } => name,
            Export { Name: var name } => name,
            Delete { Name: var name } => name,
            Reply { Name: var name } => name,
            React { Name: var name } => name,
            Edit { Name: var name } => name,
            Unsend { Name: var name } => name,
            Info { Name: var name } => name,
            Forward { Name: var name } => name,
            MarkUnread { Name: var name } => name,
            OfferFile { Name: var name } => name,
            Doctor { Name: var name } => name,
            Json { Listing: var listing } => listing.About,
            _ => null,
        };

    /// <summary>A usage error.</summary>
    /// <param name="Message">Describes the problem and the command's usage.</param>
    public sealed record Invalid(string Message) : ConsoleCommand;
}
