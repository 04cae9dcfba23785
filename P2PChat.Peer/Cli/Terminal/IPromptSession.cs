namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Interprets the lines and keys of a prompt.</summary>
public interface IPromptSession
{
    /// <summary>The prompt: it names the open conversation or room, or this peer if none is open.</summary>
    string Prompt { get; }

    /// <summary>The open conversation or room; null for none.</summary>
    ChatKey? Open { get; }

    /// <returns>Null for a blank line.</returns>
    ConsoleCommand? Parse(string line);

    /// <summary>Lists the usernames and rooms for completion.</summary>
    Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken);

    /// <summary>Handles a key that was pressed, or several that arrived together.</summary>
    void OnKeyPressed();

    /// <param name="line">The line after the keys.</param>
    void OnLineChanged(string line);

    /// <summary>Opens the conversation or room with a number.</summary>
    void OpenNumber(int number);

    /// <summary>Opens the next conversation or room with unread messages.</summary>
    void OpenNextUnread();

    /// <summary>Leaves the open conversation, or closes the open room.</summary>
    void Leave();

    /// <summary>Ends the peer although a command is still running.</summary>
    void EndPeer();
}
