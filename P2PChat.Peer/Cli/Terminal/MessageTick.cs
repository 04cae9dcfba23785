using System.Globalization;
using P2PChat.Client;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Shows the state of a sent message: a sign after its text, different in shape for each state.</summary>
internal static class MessageTick
{
    // Members of a larger room do not say what they have read.
    private const int MaxReaders = RoomLimits.ReadMarks - 1;

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

    /// <summary>The columns that the tick of a room's message takes.</summary>
    public static int RoomWidth(Ink ink) => Plain(MaxReaders, ink).Length;

    /// <summary>The tick of a room's message.</summary>
    /// <param name="readers">How many members have read it.</param>
    /// <returns>As wide as every other one.</returns>
    public static string Draw(int readers, Ink ink)
    {
        var text = Plain(readers, ink);
        return (readers == 0 ? ink.Quiet(text) : ink.Good(text)) + new string(' ', RoomWidth(ink) - text.Length);
    }

    private static string Plain(int readers, Ink ink)
    {
        var count = Math.Min(readers, MaxReaders).ToString(CultureInfo.InvariantCulture);
        return readers == 0 ? Plain(MessageState.Sent, ink)
            : !ink.IsUnicode ? $"(read by {count})"
            : ink.IsColored ? $"✔✔ {count}"
            : $"✓✓ read by {count}";
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
