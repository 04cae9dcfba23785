using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>Turns events into console lines, and leaves out lines that say nothing new.</summary>
/// <param name="show">Returns the line for an event; null for none.</param>
internal sealed class EventLines(Func<ApiEvent, string?> show)
{
    private string? _last;

    /// <summary>The directory state that was last shown.</summary>
    public DirectoryState Directory { get; set; }

    /// <returns>The line to print; null for none.</returns>
    public string? Next(ApiEvent apiEvent)
    {
        if (apiEvent is ApiEvent.DirectoryChanged { Directory: var (state, detail) })
        {
            // A failed retry is not news, but a problem of a registered peer is.
            if (state == Directory && (state != DirectoryState.Registered || detail is null))
            {
                return null;
            }

            Directory = state;
        }

        if (show(apiEvent) is not { } line)
        {
            return null;
        }

        // A restored contact may have lost a hundred messages, which all have the same line.
        var isRepeated = line == _last && apiEvent is ApiEvent.Receipt { State: MessageState.Lost };
        _last = line;
        return isRepeated ? null : line;
    }
}
