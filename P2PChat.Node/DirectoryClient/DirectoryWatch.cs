using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Listens to the directory's events for the names that are waited for. A hint and no more: who misses one asks a little
/// later.
/// </summary>
internal sealed partial class DirectoryWatch(
    DirectoryHttpClient directory,
    TimeProvider clock,
    ILogger<DirectoryWatch> logger
)
{
    /// <summary>Names in one call: the directory takes no more.</summary>
    public const int MaxNames = 500;

    private const int MaxEvent = 64 * 1024;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // Several changes in a row make one new call.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    private readonly ILogger<DirectoryWatch> _logger = logger;
    private readonly Channel<Username> _arrivals = Channel.CreateBounded<Username>(
        new BoundedChannelOptions(2 * MaxNames) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Who has come, or moved.</summary>
    public ChannelReader<Username> Arrivals => _arrivals.Reader;

    /// <summary>Other names are waited for than before.</summary>
    public void NamesChanged() => _changed.Writer.TryWrite(true);

    public async Task RunAsync(Func<IReadOnlyCollection<Username>> names, CancellationToken cancellationToken)
    {
        var watched = new HashSet<Username>();
        while (true)
        {
            // The end makes no listening fail, so that it would begin again, and again.
            cancellationToken.ThrowIfCancellationRequested();
            var wanted = names().Take(MaxNames).ToHashSet();
            if (wanted.Count == 0)
            {
                _ = await _changed.Reader.ReadAsync(cancellationToken);
                continue;
            }

            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var listening = ListenAsync(wanted, ending.Token);
            watched = wanted;
            do
            {
                var changed = _changed.Reader.WaitToReadAsync(ending.Token).AsTask();
                if (await Task.WhenAny(listening, changed) == listening)
                {
                    break;
                }

                _ = _changed.Reader.TryRead(out _);
                await Task.Delay(Settle, clock, cancellationToken);
            } while (names().Take(MaxNames).All(watched.Contains));

            await ending.CancelAsync();
            if (!await listening)
            {
                await Task.Delay(RetryAfter, clock, cancellationToken);
            }
        }
    }

    /// <returns>False if the directory is not to be had.</returns>
    private async Task<bool> ListenAsync(HashSet<Username> names, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await directory.OpenEventsAsync(names, cancellationToken);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);

            // Who came before the stream was there.
            foreach (var name in names)
            {
                _arrivals.Writer.TryWrite(name);
            }

            var events = SseParser.Create(new LimitedEventStream(stream, MaxEvent, clock));
            await foreach (var item in events.EnumerateAsync(cancellationToken))
            {
                if (item.EventType is "joined" or "updated" && NameIn(item.Data) is { } name && names.Contains(name))
                {
                    _arrivals.Writer.TryWrite(name);
                }
            }

            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
            when (e
                    is DirectoryException
                        or IOException
                        or HttpRequestException
                        or JsonException
                        or OperationCanceledException
            )
        {
            LogLost(e.GetType().Name);
            return false;
        }
    }

    // {"username":"alice", ...}
    private static Username? NameIn(string data)
    {
        using var document = JsonDocument.Parse(data);
        return
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("username", out var value)
            && value.ValueKind == JsonValueKind.String
            && Username.TryParse(value.GetString()!, out var name)
            ? name
            : null;
    }

    [LoggerMessage(LogLevel.Debug, "The directory's events are not to be had: {Error}.")]
    private partial void LogLost(string error);
}
