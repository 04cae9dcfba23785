using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Peer.Cli;

/// <summary>Suggests a username that this peer knows, after a command with one that it does not know.</summary>
internal static class NameSuggestion
{
    /// <summary>How long the refusal waits for the directory's list.</summary>
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(3);

    /// <returns>The refusal of a command, with the suggestion as its second sentence; null if there is none.</returns>
    public static async Task<string?> OfAsync(
        CommandContext context,
        ConsoleCommand command,
        Exception refusal,
        CancellationToken cancellationToken
    )
    {
        if (!IsAboutName(refusal) || command is ConsoleCommand.ConnectByInvite || command.About is not { } name)
        {
            return null;
        }

        var typed = name.Value;

        using var timeout = new CancellationTokenSource(ListTimeout, context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var names = await KnownNames.OfAsync(context.Peer, either.Token);
        return !names.Contains(typed) && Suggestion.For(typed, names) is { } meant
            ? $"{refusal.Message.Split(". ")[0].TrimEnd('.')}. Did you mean '{meant}'?"
            : null;
    }

    private static bool IsAboutName(Exception refusal) =>
        refusal switch
        {
            PeerException { Error: PeerError.UnknownPeer or PeerError.NotConnected or PeerError.NotAContact } => true,
            PeerApiException
            {
                Type: ProblemTypes.UnknownPeer or ProblemTypes.NotConnected or ProblemTypes.NotAContact
            } => true,
            _ => false,
        };
}
