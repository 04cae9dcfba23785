using P2PChat.Client;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Prints messages and events above the prompt, each with its time and after a rule if the day has changed, and keeps
/// the ticks of sent messages up to date. Thread-safe.
/// </summary>
public sealed class ChatLog(PromptScreen screen, MessageLines lines, TimeProvider timeProvider)
{
    // As many as the screen tracks.
    private const int MaxTracked = 500;
    private const int MaxReceipts = 100;

    private readonly Lock _gate = new();
    private readonly Queue<(string With, Guid Id)> _own = new();

    // The latest ones, because a receipt may come before its message is printed.
    private readonly Queue<(Guid Id, MessageState State)> _receipts = new();

    /// <summary>Prints a whole message.</summary>
    /// <param name="with">The other peer of the conversation.</param>
    public void Message(string with, MessageItem message)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            Day(message.SentAt);
            if (!lines.IsOwn(message))
            {
                screen.Print(width => lines.Rows(message, width));
                return;
            }

            screen.PrintTracked(message.Id, message.State, (state, width) =>
                lines.Rows(message with { State = state }, width)
            );
            if (_own.Count == MaxTracked)
            {
                _ = _own.Dequeue();
            }

            _own.Enqueue((with, message.Id));
        }
    }

    /// <summary>Prints a whole message of a room. An own one shows how many members have read it.</summary>
    /// <param name="showsRoom">Whether the room is named.</param>
    public void Message(RoomMessageItem message, bool showsRoom)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            Day(message.SentAt ?? timeProvider.GetUtcNow());
            if (message.Yours)
            {
                screen.PrintTracked(message.Id, message.Readers, (readers, width) =>
                    lines.Rows(message with { Readers = readers }, width, showsRoom)
                );
            }
            else
            {
                screen.Print(width => lines.Rows(message, width, showsRoom));
            }
        }
    }

    /// <summary>Shows how many members have read an own message of a room.</summary>
    public void Readers(string message, int readers)
    {
        lock (_gate)
        {
            screen.Update(message, readers);
        }
    }

    /// <summary>Prints an own message that has just been sent, unless it was printed before.</summary>
    /// <inheritdoc cref="Message(string, MessageItem)"/>
    public void Sent(string with, MessageItem message)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            if (_own.Any(own => own.Id == message.Id))
            {
                return;
            }

            Message(with, message);
            foreach (var (_, state) in _receipts.Where(receipt => receipt.Id == message.Id))
            {
                screen.Update(message.Id, state);
            }
        }
    }

    /// <summary>Prints the beginning of a message.</summary>
    /// <param name="number">The number of its conversation; null if it has none.</param>
    public void Brief(MessageItem message, int? number)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            Day(message.SentAt);
            screen.Print(width => [lines.Brief(message, number, width)]);
        }
    }

    /// <inheritdoc cref="Brief(MessageItem, int?)"/>
    public void Brief(RoomMessageItem message, int number)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            Day(message.SentAt ?? timeProvider.GetUtcNow());
            screen.Print(width => [lines.Brief(message, number, width)]);
        }
    }

    /// <summary>Prints an event that happened now.</summary>
    public void Notice(string line)
    {
        lock (_gate)
        {
            Day(timeProvider.GetUtcNow());
            screen.Print(width => lines.Notice(line, width));
        }
    }

    /// <summary>Shows the new state of a sent message. <c>read</c> also applies to all earlier ones.</summary>
    /// <param name="with">The other peer of the conversation.</param>
    public void Receipt(string with, Guid id, MessageState state)
    {
        lock (_gate)
        {
            if (state == MessageState.Read)
            {
                foreach (var (other, earlier) in _own)
                {
                    if (other == with && string.CompareOrdinal(earlier.ToString(), id.ToString()) < 0)
                    {
                        screen.Update(earlier, state);
                    }
                }
            }

            screen.Update(id, state);
            if (_receipts.Count == MaxReceipts)
            {
                _ = _receipts.Dequeue();
            }

            _receipts.Enqueue((id, state));
        }
    }

    private void Day(DateTimeOffset time)
    {
        if (lines.Days.Before(time) is { } rule)
        {
            screen.Print(rule);
        }
    }
}
