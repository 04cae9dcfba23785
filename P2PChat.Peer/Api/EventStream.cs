using System.Globalization;
using System.Security.Cryptography;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Peer.Api;

/// <summary>
/// <c>GET /api/events</c>: server-sent events (WHATWG HTML, section 9.2). It starts with a block that contains only an
/// <c>id:</c>, so that a client that receives no event for a long time still knows where to resume.
/// </summary>
internal sealed class EventStream(
    EventLog log,
    PeerOptions options,
    TimeProvider timeProvider,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>
    /// Prefix of each id. Numbers restart with each process, so ids of another process must be recognized.
    /// </summary>
    private readonly string _runId = RandomNumberGenerator.GetHexString(8, lowercase: true);

    public async Task WriteAsync(HttpContext context)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            var events = ServerSentEventWriter.Begin(context.Response, options.ApiHeartbeat, timeProvider);
            await WriteAsync(events, context.Request.Headers["Last-Event-ID"].ToString(), stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The client disconnected, or the peer is shutting down.
        }
    }

    private async Task WriteAsync(ServerSentEventWriter events, string lastEventId, CancellationToken cancellationToken)
    {
        var after = lastEventId.Length == 0 ? log.Last : ReadId(lastEventId);
        using var listener = Listen(ref after, out var isReset);
        if (isReset)
        {
            var (type, data) = ApiEventFormat.Write(new ApiEvent.Reset());
            events.WriteEvent(type, IdOf(after), data);
        }
        else
        {
            events.WriteId(IdOf(after));
        }

        await events.FlushAsync(cancellationToken);

        // The stream of a client that falls too far behind ends. The client resumes with the last id that it received.
        while (await events.WaitToReadAsync(listener.Reader, static () => default, cancellationToken))
        {
            while (listener.Reader.TryRead(out var numbered))
            {
                WriteEvent(events, numbered);
            }

            await events.FlushAsync(cancellationToken);
        }
    }

    private EventListener Listen(ref long after, out bool isReset)
    {
        isReset = false;
        while (true)
        {
            if (after >= 0 && log.Listen(after) is { } listener)
            {
                return listener;
            }

            after = log.Last;
            isReset = true;
        }
    }

    private string IdOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{_runId}.{number}");

    // "1f0c9a7e.42" is 42; an id of another process is -1.
    private long ReadId(string id) =>
        id.StartsWith($"{_runId}.", StringComparison.Ordinal)
        && long.TryParse(id.AsSpan(_runId.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;

    // event: connected
    // id: 1f0c9a7e.42
    // data: {"username":"echo"}
    private void WriteEvent(ServerSentEventWriter events, NumberedEvent numbered)
    {
        var (type, data) = ApiEventFormat.Write(numbered.Event.ToContract());
        events.WriteEvent(type, IdOf(numbered.Number), data);
    }
}
