using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Peer.Cli;

/// <summary>Adds the command that helps to a refusal, because the peer's own sentences name no commands.</summary>
internal static class CommandHint
{
    /// <returns>A sentence such as <c>bob is blocked. Unblock bob first ('unblock bob').</c></returns>
    public static string Of(PeerException exception, ConsoleCommand command) =>
        Add(
            Sentence(exception.Message, ApiProblems.Of(exception).Type),
            exception.OtherKey is { } key
                ? $"'trust {OtherIn(command)} {key.Short}'"
                : Find(ApiProblems.Of(exception).Type, command)
        );

    /// <param name="sentence">The refusal of a peer in another process.</param>
    /// <param name="problemType">A value of <see cref="ProblemTypes"/>; null if the answer had none.</param>
    public static string Of(string sentence, string? problemType, ConsoleCommand command) =>
        Add(Sentence(sentence, problemType), Find(problemType, command));

    /// <summary>Puts a hint into parentheses, before the full stop.</summary>
    public static string Add(string sentence, string? hint) =>
        hint is null ? sentence : $"{sentence.TrimEnd('.')} ({hint}).";

    // The peer's own sentence names the parameter of the API.
    private static string Sentence(string sentence, string? problemType) =>
        problemType == ProblemTypes.AmbiguousMessage
            ? $"Two messages have this id, one from each side. Type '{MessageChoice.OfYours}' or "
                + $"'{MessageChoice.OfTheirs}' in front of it."
            : sentence;

    private static string? Find(string? problemType, ConsoleCommand command)
    {
        var (name, other) = (NameIn(command), OtherIn(command));
        return problemType switch
        {
            ProblemTypes.UnknownPeer when NeedsConversation(command) => $"'connect {name}'",
            ProblemTypes.UnknownPeer => "'list' shows all peers",
            ProblemTypes.PeerOffline => "'list' shows who is",
            ProblemTypes.AlreadyAsked => $"'disconnect {other}'",
            ProblemTypes.NotConnected or ProblemTypes.NotAContact or ProblemTypes.NothingToTrust =>
                $"'connect {other}'",
            ProblemTypes.WhichKey or ProblemTypes.KeyChanged => $"'trust {other} <key>'",
            ProblemTypes.Blocked => $"'unblock {other}'",
            ProblemTypes.NotBlocked => "'contacts' shows who is",
            ProblemTypes.UnknownMessage => $"'history {name}' shows the messages",
            ProblemTypes.BackupExists => "--force",
            ProblemTypes.UnknownInvite when command is ConsoleCommand.ChangeRoom => "'room links' shows all",
            ProblemTypes.TooManyInvites when command is ConsoleCommand.RoomLink => "'room unlink <#room> <id>'",
            ProblemTypes.UnknownInvite => "'invites' shows all",
            ProblemTypes.TooManyInvites => "'revoke <id>'; 'invites' shows the ids",
            ProblemTypes.DirectoryUnavailable when command is not ConsoleCommand.Doctor => "'doctor' finds out why",
            ProblemTypes.JoinTokenRequired => "Peer:JoinToken",
            ProblemTypes.OtherDirectory => "p2pchat join <link> <name>",
            _ => null,
        };
    }

    private static bool NeedsConversation(ConsoleCommand command) =>
        command switch
        {
            ConsoleCommand.History or ConsoleCommand.Delete or ConsoleCommand.Export => true,
            ConsoleCommand.Reply or ConsoleCommand.React or ConsoleCommand.Edit => true,
            ConsoleCommand.Unsend or ConsoleCommand.Info or ConsoleCommand.Forward => true,
            ConsoleCommand.MarkUnread => true,
            ConsoleCommand.Json { Listing: var listing } => NeedsConversation(listing),
            _ => false,
        };

    // The user who gets the message or the invitation, who may not be the one that the command is about.
    private static string OtherIn(ConsoleCommand command) =>
        command switch
        {
            ConsoleCommand.Forward { To: var to } => to,
            ConsoleCommand.RoomMessage { Verb: RoomMessageVerb.Forward, Text: var to } => to,
            ConsoleCommand.ChangeRoom { Verb: RoomVerb.Invite, Argument: var name } => name,
            _ => NameIn(command),
        };

    private static string NameIn(ConsoleCommand command) => command.About?.Value ?? "<username>";
}
