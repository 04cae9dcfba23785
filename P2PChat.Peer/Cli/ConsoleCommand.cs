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

    public sealed record Safety(Username Name) : ConsoleCommand;

    public sealed record Verify(Username Name, string Digits) : ConsoleCommand;

    public sealed record Settings : ConsoleCommand;

    /// <param name="Value">Null for the value with which the peer was started.</param>
    public sealed record ChangeSetting(string Name, string? Value) : ConsoleCommand;

    /// <param name="PassphraseFile">A file that contains the passphrase; null to ask for it.</param>
    public sealed record Backup(string File, bool Force, string? PassphraseFile) : ConsoleCommand;

    public sealed record History(Username Name, int Count) : ConsoleCommand;

    public sealed record Search(string Words) : ConsoleCommand;

    public sealed record Export(Username Name, string File) : ConsoleCommand;

    /// <param name="Id">The message to delete; null for all.</param>
    /// <param name="Force">Whether to delete all messages without asking.</param>
    public sealed record Delete(Username Name, Guid? Id, bool Force = false) : ConsoleCommand;

    public sealed record Requests : ConsoleCommand;

    public sealed record Status : ConsoleCommand;

    public sealed record Web : ConsoleCommand;

    /// <param name="Topic">The command to explain; null to list all.</param>
    public sealed record Help(CommandInfo? Topic) : ConsoleCommand;

    public sealed record Quit : ConsoleCommand;

    /// <summary>A command whose answer is one line of JSON, the same as from the local API.</summary>
    public sealed record Json(ConsoleCommand Listing) : ConsoleCommand;

    /// <summary>A usage error.</summary>
    /// <param name="Message">Describes the problem and the command's usage.</param>
    public sealed record Invalid(string Message) : ConsoleCommand;
}
