using P2PChat.Client;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary><see cref="EventText"/> in colours.</summary>
public static class EventInk
{
    /// <returns>Null for an event that is not shown.</returns>
    public static string? Show(ApiEvent apiEvent, Ink ink)
    {
        ArgumentNullException.ThrowIfNull(ink);
        if (EventText.Show(apiEvent) is not { } line)
        {
            return null;
        }

        return apiEvent switch
        {
            ApiEvent.MessageReceived { Message.From: var name } => $"{ink.Name(name)}{line[name.Length..]}",
            ApiEvent.RequestReceived or ApiEvent.NameClaimed or ApiEvent.InviteRefused or ApiEvent.RoomLinkRefused =>
                ink.Attention(line),
            ApiEvent.KeyChanged or ApiEvent.InviterKeyChanged or ApiEvent.Receipt or ApiEvent.ChangeReceipt =>
                ink.Alarm(line),
            _ => ink.Quiet(line),
        };
    }
}
