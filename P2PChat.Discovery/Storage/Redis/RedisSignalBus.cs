using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Publishes signals on the channel <c>p2pchat:signals</c>. A message is <c>&lt;type&gt; &lt;username&gt;</c>, a line
/// feed, and the data.
/// </summary>
internal sealed class RedisSignalBus : ISignalBus
{
    // A type and a name.
    private const int MaxHeaderLength = 100;

    private readonly RedisConnection _connection;

    public RedisSignalBus(RedisConnection connection)
    {
        _connection = connection;
        connection.SignalPublished += OnPublished;
    }

    public event Action<PeerSignal>? Received;

    public async Task PublishAsync(PeerSignal signal, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signal.Data.Length, ISignalBus.MaxBytes);
        byte[] message = [.. Encoding.ASCII.GetBytes($"{signal.Type} {signal.Recipient}\n"), .. signal.Data.Span];
        _ = await _connection.CallAsync(
            database => database.PublishAsync(RedisConnection.SignalChannel, message),
            cancellationToken
        );
    }

    // Another program may publish anything on the channel.
    private void OnPublished(ReadOnlyMemory<byte> message)
    {
        var end = message.Span.IndexOf((byte)'\n');
        if (end is < 0 or > MaxHeaderLength || message.Length - end - 1 > ISignalBus.MaxBytes)
        {
            return;
        }

        var data = message[(end + 1)..];
        if (
            Encoding.ASCII.GetString(message.Span[..end]).Split(' ') is [{ Length: > 0 } type, var recipient]
            && type.All(char.IsAsciiLetterLower)
            && Username.TryParse(recipient, out var name)
            && data.Span.IndexOfAny((byte)'\r', (byte)'\n') < 0
        )
        {
            Received?.Invoke(new PeerSignal(name, type, data));
        }
    }
}
