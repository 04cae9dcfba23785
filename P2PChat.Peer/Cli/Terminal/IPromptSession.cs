using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Gives meaning to the lines and keys of a prompt.</summary>
public interface IPromptSession
{
    /// <summary>The text before the line, for the open conversation or outside one.</summary>
    string Prompt { get; }

    /// <summary>The open conversation; null outside one.</summary>
    Username? Open { get; }

    /// <returns>Null for a blank line.</returns>
    ConsoleCommand? Parse(string line);

    /// <summary>Lists the usernames for completion.</summary>
    Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken);

    /// <summary>Handles a key that was pressed, or several that arrived together.</summary>
    void OnKeyPressed();

    /// <param name="line">The line after the keys.</param>
    void OnLineChanged(string line);

    /// <summary>Opens the conversation with a number.</summary>
    void OpenNumber(int number);

    /// <summary>Opens the next conversation with unread messages.</summary>
    void OpenNextUnread();

    /// <summary>Leaves the open conversation.</summary>
    void Leave();

    /// <summary>Ends the peer while a command does not end.</summary>
    void EndPeer();
}
