using P2PChat.Client;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Shows the state of a sent message: a sign after its text, different in shape for each state.</summary>
internal static class MessageTick
{
    /// <summary>The columns that every tick takes, so that a state change does not move text.</summary>
    public static int Width(Ink ink) => Plain(MessageState.Delivered, ink).Length;

    /// <returns>As wide as every other one.</returns>
    public static string Draw(MessageState state, Ink ink)
    {
        var text = Plain(state, ink);
        var painted = state switch
        {
            MessageState.Read => ink.Good(text),
            MessageState.Queued or MessageState.Sent or MessageState.Delivered => ink.Quiet(text),
            _ => ink.Alarm(text),
        };
        return painted + new string(' ', Width(ink) - text.Length);
    }

    private static string Plain(MessageState state, Ink ink) =>
        (state, ink.IsUnicode) switch
        {
            (MessageState.Queued, true) => "◷",
            (MessageState.Queued, false) => "(queued)",
            (MessageState.Sent, true) => "✓",
            (MessageState.Sent, false) => "(sent)",
            (MessageState.Delivered, true) => ink.IsColored ? "✓✓" : "✓✓     ",
            (MessageState.Delivered, false) => "(delivered)",
            // The heavy ticks alone may be hard to tell from the light ones.
            (MessageState.Read, true) => ink.IsColored ? "✔✔" : "✓✓ read",
            (MessageState.Read, false) => "(read)",
            (_, true) => "✗",
            (_, false) => "(failed)",
        };
}
