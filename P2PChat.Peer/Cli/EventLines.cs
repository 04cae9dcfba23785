using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli;

/// <summary>Turns events into console lines, and leaves out lines that say nothing new.</summary>
/// <param name="show">Returns the line for an event; null for none.</param>
internal sealed class EventLines(Func<PeerEvent, string?> show)
{
    private string? _last;

    /// <summary>The directory state that was last shown.</summary>
    public DirectoryState Directory { get; set; }

    /// <returns>The line to print; null for none.</returns>
    public string? Next(PeerEvent @event)
    {
        if (@event is PeerEvent.DirectoryChanged { State: var state, Detail: var detail })
        {
            // A failed retry is not news, but a problem of a registered peer is.
            if (state == Directory && (state != DirectoryState.Registered || detail is null))
            {
                return null;
            }

            Directory = state;
        }

        if (show(@event) is not { } line)
        {
            return null;
        }
        // A restored contact may have lost a hundred messages, which all have the same line.
        var isRepeated = line == _last && @event is PeerEvent.Receipt { State: MessageState.Lost };
        _last = line;
        return isRepeated ? null : line;
    }
}
