using System.Collections.Concurrent;
using P2PChat.Peer.Chat;
using P2PChat.Peer.Console;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>How many messages have come that no page has shown. Thread-safe.</summary>
internal sealed class UnreadCounts(PeerNode node) : BackgroundService
{
    private readonly ConcurrentDictionary<Username, int> _counts = new();

    public int Of(Username name) => _counts.GetValueOrDefault(name);

    public void Read(Username name) => _counts.TryRemove(name, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var @event in NodeEvents.ReadAsync(node.Events, after: 0, () => { }, stoppingToken))
            {
                if (@event is PeerEvent.MessageReceived { Message: var message })
                    _counts.AddOrUpdate(message.With, 1, (_, count) => count + 1);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
