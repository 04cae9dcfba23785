using System.Diagnostics;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services;

/// <summary>
/// Sends each message back to its sender, if the sender requested the connection. Two echo bots therefore cannot send
/// one message to and fro forever: the one that dialled gets no echo.
/// </summary>
internal sealed partial class EchoBot(
    EventLog events,
    ConnectionService connections,
    MessageService messages,
    ILogger<EchoBot> logger
) : BackgroundService
{
    private readonly ILogger<EchoBot> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        var seen = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            using var listener = events.Listen(seen);
            if (listener is null)
            {
                // The bot has fallen behind the log: messages that it missed get no echo.
                seen = events.Last;
                continue;
            }

            await foreach (var numbered in listener.Reader.ReadAllAsync(stoppingToken))
            {
                seen = numbered.Number;
                if (numbered.Event is PeerEvent.MessageReceived received)
                {
                    await EchoAsync(received.Message);
                }
            }
        }
    }

    private async Task EchoAsync(Message message)
    {
        if (!connections.IsInbound(message.From))
        {
            return;
        }

        try
        {
            _ = await messages.SendAsync(message.From, message.Text);
        }
        catch (PeerException exception)
        {
            // The sender has gone, or does not read its messages.
            LogNotEchoed(exception.Error);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Echo not sent: {Error}.")]
    private partial void LogNotEchoed(PeerError error);
}
