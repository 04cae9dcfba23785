using P2PChat.Peer.Chat;

namespace P2PChat.Peer.Console;

/// <summary>The lines that a console prints for events, without those that say nothing new.</summary>
/// <param name="show">The line for an event; null for none.</param>
internal sealed class EventLines(Func<PeerEvent, string?> show)
{
    private string? _last;

    /// <summary>The state that has been shown.</summary>
    public DirectoryState Directory { get; set; }

    /// <returns>The line to print; null for none.</returns>
    public string? Next(PeerEvent @event)
    {
        if (@event is PeerEvent.DirectoryChanged { State: var state, Detail: var detail })
        {
            // A failed retry is not news. That the entry of a registered peer is out of date is.
            if (state == Directory && (state != DirectoryState.Registered || detail is null))
                return null;
            Directory = state;
        }

        if (show(@event) is not { } line)
            return null;
        // A restored contact may have lost a hundred messages, and the line is the same for each.
        var isRepeated = line == _last && @event is PeerEvent.Receipt { State: MessageState.Lost };
        _last = line;
        return isRepeated ? null : line;
    }
}
