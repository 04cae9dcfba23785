using System.Diagnostics;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services;

/// <summary>
/// Sends back what it is sent, to those who asked for the connection. Whom this peer itself was told to connect to gets
/// no echo: so two such bots, one of which must have been told to call the other, cannot send one message to and fro
/// for ever.
/// </summary>
internal sealed partial class EchoBot(PeerNode node, ILogger<EchoBot> logger) : BackgroundService
{
    private readonly ILogger<EchoBot> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        var seen = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            using var listener = node.Events.Listen(seen);
            if (listener is null)
            {
                // It has fallen so far behind that messages are gone; those that come from now on are answered.
                seen = node.Events.Last;
                continue;
            }

            await foreach (var numbered in listener.Reader.ReadAllAsync(stoppingToken))
            {
                seen = numbered.Number;
                if (numbered.Event is PeerEvent.MessageReceived received)
                {
                    await AnswerAsync(received.Message);
                }
            }
        }
    }

    private async Task AnswerAsync(Message message)
    {
        if (!node.TheyAsked(message.From))
        {
            return;
        }

        try
        {
            _ = await node.SendAsync(message.From, message.Text);
        }
        catch (PeerException e)
        {
            // Whoever has gone, or does not read, misses an echo.
            LogNotAnswered(e.Error);
        }
    }

    [LoggerMessage(LogLevel.Debug, "A message is not answered: {Error}.")]
    private partial void LogNotAnswered(PeerError error);
}
