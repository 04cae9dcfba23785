using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Listens to the directory's events for the names of wanted contacts. Best effort: missed events are recovered by
/// polling.
/// </summary>
internal sealed partial class DirectoryWatch(
    DirectoryHttpClient directory,
    TimeProvider timeProvider,
    ILogger<DirectoryWatch> logger
)
{
    /// <summary>Limit of the directory on names per call.</summary>
    public const int MaxNames = 500;

    private const int MaxEventBytes = 64 * 1024;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    // Several changes in a row cause one new call.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly ILogger<DirectoryWatch> _logger = logger;
    private readonly Channel<Username> _arrivals = Channel.CreateBounded<Username>(
        new BoundedChannelOptions(2 * MaxNames) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Names of peers that have come online, or whose addresses have changed.</summary>
    public ChannelReader<Username> Arrivals => _arrivals.Reader;

    /// <summary>The wanted names have changed.</summary>
    public void NamesChanged() => _changed.Writer.TryWrite(true);

    /// <param name="names">Returns the wanted names.</param>
    public async Task RunAsync(Func<IReadOnlyCollection<Username>> names, CancellationToken cancellationToken)
    {
        var watched = new HashSet<Username>();
        while (true)
        {
            // Cancellation does not count as a failure of ListenAsync, so check it here or the loop would spin.
            cancellationToken.ThrowIfCancellationRequested();
            var wanted = names().Take(MaxNames).ToHashSet();
            if (wanted.Count == 0)
            {
                _ = await _changed.Reader.ReadAsync(cancellationToken);
                continue;
            }

            using var listenerEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var listening = ListenAsync(wanted, listenerEnd.Token);
            watched = wanted;
            do
            {
                var changed = _changed.Reader.WaitToReadAsync(listenerEnd.Token).AsTask();
                if (await Task.WhenAny(listening, changed) == listening)
                {
                    break;
                }

                _ = _changed.Reader.TryRead(out _);
                await Task.Delay(SettleTime, timeProvider, cancellationToken);
            } while (names().Take(MaxNames).All(watched.Contains));

            await listenerEnd.CancelAsync();
            if (!await listening)
            {
                await Task.Delay(RetryDelay, timeProvider, cancellationToken);
            }
        }
    }

    /// <returns>False if the stream failed or ended; true if it was cancelled.</returns>
    private async Task<bool> ListenAsync(HashSet<Username> names, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await directory.OpenEventsAsync(names, cancellationToken);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);

            // Any of them may have come online before the stream was open.
            foreach (var name in names)
            {
                _arrivals.Writer.TryWrite(name);
            }

            var events = SseParser.Create(new LimitedEventStream(stream, MaxEventBytes, timeProvider));
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
        catch (Exception exception)
            when (exception
                    is DirectoryException
                        or IOException
                        or HttpRequestException
                        or JsonException
                        or OperationCanceledException
            )
        {
            LogLost(exception.GetType().Name);
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

    [LoggerMessage(LogLevel.Debug, "Directory event stream lost: {Error}.")]
    private partial void LogLost(string error);
}
