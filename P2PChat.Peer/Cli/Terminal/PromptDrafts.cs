namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Keeps the half-typed line of each conversation and room while another is open. Not thread-safe.</summary>
internal sealed class PromptDrafts
{
    private readonly Dictionary<string, string> _lines = [];
    private ChatKey? _open;

    /// <summary>Switches to the draft of the open conversation or room.</summary>
    /// <param name="line">The line being typed.</param>
    /// <returns>The line of the one that is open now; null if it is the same as before.</returns>
    public string? Follow(ChatKey? open, string line)
    {
        if (open == _open)
        {
            return null;
        }

        _lines[Key(_open)] = line;
        _open = open;
        return _lines.Remove(Key(open), out var kept) ? kept : "";
    }

    private static string Key(ChatKey? chat) => chat?.Typed ?? "";
}
