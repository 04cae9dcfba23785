using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Bench.Processes;

/// <summary>Two connected peers in this process, one of which sends messages to the other.</summary>
internal sealed class BenchPair : IAsyncDisposable
{
    public const int TextBytes = 256;

    private const int InFlight = 1024;

    private static readonly string Text = new('x', TextBytes);

    private readonly BenchPeer _sender;
    private readonly BenchPeer _receiver;
    private readonly Username _receiverName;
    private readonly Task _reading;

    private BenchPair(BenchPeer sender, BenchPeer receiver)
    {
        (_sender, _receiver, _receiverName) = (sender, receiver, receiver.Name);
        _reading = Task.Run(() => receiver.ReadToEndAsync());
    }

    /// <summary>The number of transactions that each store has committed.</summary>
    public (long Sender, long Receiver) Commits => (_sender.Store.Writer.Commits, _receiver.Store.Writer.Commits);

    /// <param name="data">The directory for the data of both peers; null for ephemeral peers.</param>
    public static async Task<BenchPair> StartAsync(string directory, string? data)
    {
        var sender = await StartAsync(directory, "sender", data);
        try
        {
            var receiver = await StartAsync(directory, "receiver", data);
            await sender.ConnectAsync(receiver);
            return new BenchPair(sender, receiver);
        }
        catch
        {
            await sender.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends messages with many in flight, and returns when all are acknowledged.</summary>
    public async Task SendAsync(int count)
    {
        var sent = 0;
        for (var acknowledged = 0; acknowledged < count; acknowledged++)
        {
            while (sent < count && sent - acknowledged < InFlight)
            {
                _ = _sender.Messages.SendAsync(_receiverName, Text);
                sent++;
            }

            await ExpectDeliveredAsync();
        }
    }

    /// <summary>Waits until both stores have written and indexed everything.</summary>
    public Task FlushAsync() =>
        Task.WhenAll(_sender.Store.Writer.IndexWordsAsync(), _receiver.Store.Writer.IndexWordsAsync());

    /// <summary>Sends a message, and returns when it is acknowledged.</summary>
    public async ValueTask ExchangeAsync()
    {
        _ = _sender.Messages.SendAsync(_receiverName, Text);
        await ExpectDeliveredAsync();
    }

    // A message that waited for the link also has an earlier receipt, from when it was transmitted.
    private async ValueTask ExpectDeliveredAsync() =>
        _ = await _sender.ExpectAsync<PeerEvent.Receipt>(static receipt => receipt.State == MessageState.Delivered);

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        await _reading;
    }

    private static Task<BenchPeer> StartAsync(string directory, string role, string? data)
    {
        // Different names per pair, because both pairs can be registered at the same time.
        var name = $"{role}-{(data is null ? "ephemeral" : "durable")}";
        return BenchPeer.StartAsync(directory, name, options =>
            (options.Ephemeral, options.Data) = (data is null, data is null ? options.Data : Path.Combine(data, name))
        );
    }
}
