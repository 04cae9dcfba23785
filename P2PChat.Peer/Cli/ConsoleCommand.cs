using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>What a person asks of a peer. A closed set.</summary>
public abstract record ConsoleCommand
{
    private ConsoleCommand() { }

    public sealed record List : ConsoleCommand;

    public sealed record Connect(Username Name) : ConsoleCommand;

    public sealed record Accept(Username Name) : ConsoleCommand;

    public sealed record Reject(Username Name) : ConsoleCommand;

    public sealed record Send(Username Name, string Text) : ConsoleCommand;

    public sealed record Disconnect(Username Name) : ConsoleCommand;

    /// <param name="Key">Null if a warning showed only one.</param>
    public sealed record Trust(Username Name, string? Key = null) : ConsoleCommand;

    public sealed record Contacts : ConsoleCommand;

    /// <param name="Text">Null to take it away.</param>
    public sealed record Nickname(Username Name, string? Text) : ConsoleCommand;

    public sealed record Block(Username Name) : ConsoleCommand;

    public sealed record Unblock(Username Name) : ConsoleCommand;

    public sealed record Safety(Username Name) : ConsoleCommand;

    public sealed record Verify(Username Name, string Digits) : ConsoleCommand;

    public sealed record Settings : ConsoleCommand;

    /// <param name="Value">Null to have it as the peer was started.</param>
    public sealed record Choose(string Name, string? Value) : ConsoleCommand;

    /// <param name="PassphraseFile">Null to ask for the passphrase.</param>
    public sealed record Backup(string File, bool Force, string? PassphraseFile) : ConsoleCommand;

    public sealed record History(Username Name, int Count) : ConsoleCommand;

    public sealed record Search(string Words) : ConsoleCommand;

    public sealed record Export(Username Name, string File) : ConsoleCommand;

    /// <param name="Id">Null for all messages.</param>
    /// <param name="Force">Whether all are deleted without asking.</param>
    public sealed record Delete(Username Name, Guid? Id, bool Force = false) : ConsoleCommand;

    public sealed record Requests : ConsoleCommand;

    public sealed record Status : ConsoleCommand;

    public sealed record Web : ConsoleCommand;

    /// <param name="Topic">The command to explain; null for all.</param>
    public sealed record Help(CommandInfo? Topic) : ConsoleCommand;

    public sealed record Leave : ConsoleCommand;

    /// <summary>A command that lists something, answered as the local API answers it: one line of JSON.</summary>
    public sealed record Json(ConsoleCommand Listing) : ConsoleCommand;

    /// <summary>The line is no command.</summary>
    /// <param name="Sentence">Says what is wrong, and what the command looks like.</param>
    public sealed record Invalid(string Sentence) : ConsoleCommand;
}
