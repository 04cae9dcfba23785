using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Access;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Discovery.Events;

/// <summary>
/// <c>GET /peers/events</c>: server-sent events (WHATWG HTML, section 9.2). Sends an <c>id:</c> alone at the start and
/// with each heartbeat, so that an idle client knows from where to resume.
/// </summary>
internal sealed class EventStream(
    EventFeed feed,
    IPeerStore store,
    AccessPolicy access,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    IHostApplicationLifetime lifetime
)
{
    private const int Batch = 256;

    /// <exception cref="ProblemException">There are too many listeners, or the names are invalid.</exception>
    /// <exception cref="StoreUnavailableException">The store is unavailable at the start.</exception>
    public async Task WriteAsync(HttpContext context, string? names)
    {
        var listener = feed.Subscribe(ReadNames(names), ClientAddress.Of(context));
        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
                context.RequestAborted,
                lifetime.ApplicationStopping
            );
            await WriteAsync(context, listener, stopping.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException
                || exception is StoreUnavailableException or ProblemException && context.Response.HasStarted
            )
        {
            // The client disconnected, the directory is stopping, the store failed midway, or the membership has ended.
            // The client reconnects and resumes.
        }
        finally
        {
            feed.Unsubscribe(listener);
        }
    }

    private async Task WriteAsync(HttpContext context, EventListener listener, CancellationToken cancellationToken)
    {
        var resumeFrom = context.Request.Headers["Last-Event-ID"].ToString();
        _ = EventPosition.TryParse(resumeFrom, store.ShardCount, out var position);
        // Read before the response starts, so that it can still be a 503.
        var missed = position is null
            ? []
            : await Task.WhenAll(
                Enumerable
                    .Range(0, store.ShardCount)
                    .Select(shard => store.ReadEventsAsync(shard, position[shard], Batch, cancellationToken))
            );

        var output = ServerSentEventWriter.Begin(context.Response, options.Value.Heartbeat, timeProvider);
        var start = listener.Since;
        if (position is not null && !missed.Any(batch => batch.Lost))
        {
            start = await ReplayAsync(output, listener, position, missed, cancellationToken);
        }
        else if (resumeFrom.Length > 0)
        {
            WriteReset(output, start);
        }

        output.WriteId(start.ToString());
        await output.FlushAsync(cancellationToken);

        await FollowAsync(context, output, listener, start, cancellationToken);
    }

    // Writes the events between the client's position and the start of its subscription.
    private async Task<EventPosition> ReplayAsync(
        ServerSentEventWriter output,
        EventListener listener,
        EventPosition position,
        EventBatch[] missed,
        CancellationToken cancellationToken
    )
    {
        for (var shard = 0; shard < missed.Length; shard++)
        {
            for (
                var batch = missed[shard];
                ;
                batch = await store.ReadEventsAsync(shard, position[shard], Batch, cancellationToken)
            )
            {
                if (batch.Lost)
                {
                    WriteReset(output, listener.Since);
                    return listener.Since;
                }

                foreach (
                    var peerEvent in batch.Events.TakeWhile(peerEvent => peerEvent.Number <= listener.Since[shard])
                )
                {
                    position = position.With(shard, peerEvent.Number);
                    if (listener.Wants(peerEvent))
                    {
                        WriteEvent(output, peerEvent, position.ToString());
                    }
                }

                if (position[shard] >= listener.Since[shard])
                {
                    break;
                }

                await output.FlushAsync(cancellationToken);
            }
        }

        return position;
    }

    private async Task FollowAsync(
        HttpContext context,
        ServerSentEventWriter output,
        EventListener listener,
        EventPosition start,
        CancellationToken cancellationToken
    )
    {
        var latest = start;
        while (await output.WaitToReadAsync(listener.Waiting, AdvanceIdAsync, cancellationToken))
        {
            while (listener.Waiting.TryRead(out var item))
            {
                // A client that comes from a replica that was ahead has already seen what this one still has to read.
                var ahead = !item.After.Covers(start);
                latest = ahead ? item.After.Max(start) : item.After;
                if (item.Event is not { } peerEvent)
                {
                    WriteReset(output, latest);
                }
                else if (peerEvent.Number > start[peerEvent.Shard])
                {
                    WriteEvent(output, peerEvent, ahead ? latest.ToString() : item.Id);
                }
            }

            await output.FlushAsync(cancellationToken);
        }

        async ValueTask<string?> AdvanceIdAsync()
        {
            await access.CheckAgainAsync(context);
            if (listener.Passed is { } passed && passed.Covers(latest))
            {
                latest = passed;
            }

            return latest.ToString();
        }
    }

    private FrozenSet<string>? ReadNames(string? names)
    {
        if (names is null)
        {
            return null;
        }

        var read = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (read.Length == 0 || read.Length > options.Value.EventNames)
        {
            throw new ProblemException(
                Problems.Malformed($"names= takes 1 to {options.Value.EventNames} usernames, separated by commas.")
            );
        }

        return read.Select(name =>
                Username.TryParse(name, out var username)
                    ? username.Value
                    : throw new ProblemException(Problems.InvalidUsername())
            )
            .ToFrozenSet(StringComparer.Ordinal);
    }

    // event: joined
    // id: AbC…
    // data: {"username":"alice","peerId":"…"}
    private static void WriteEvent(ServerSentEventWriter output, PeerEvent peerEvent, string id)
    {
        var data = new PeerEventData(
            peerEvent.Username,
            peerEvent.PeerId,
            peerEvent.Reason.Length == 0 ? null : peerEvent.Reason
        );
        output.WriteEvent(
            peerEvent.Kind,
            id,
            JsonSerializer.SerializeToUtf8Bytes(data, DirectoryJson.Default.PeerEventData)
        );
    }

    private static void WriteReset(ServerSentEventWriter output, EventPosition position) =>
        output.WriteEvent(PeerEventTypes.Reset, position.ToString(), "{}"u8);
}
