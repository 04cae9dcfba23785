using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Events as the console shows them at a terminal: <see cref="EventText"/> in colours.</summary>
public static class EventInk
{
    /// <returns>Null for an event that a person need not hear of.</returns>
    public static string? Show(PeerEvent @event, Ink ink)
    {
        ArgumentNullException.ThrowIfNull(ink);
        if (EventText.Show(@event) is not { } line)
        {
            return null;
        }

        return @event switch
        {
            PeerEvent.MessageReceived { Message.From.Value: var name } => $"{ink.Name(name)}{line[name.Length..]}",
            PeerEvent.Request or PeerEvent.NameClaimed => ink.Attention(line),
            PeerEvent.KeyChanged or PeerEvent.Receipt => ink.Alarm(line),
            _ => ink.Quiet(line),
        };
    }
}
