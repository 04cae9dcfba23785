using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.ServerSentEvents;

namespace P2PChat.Peer.Api;

/// <summary>
/// <c>GET /api/events</c>: server-sent events (WHATWG HTML, section 9.2). Besides the events it sends a block with nothing
/// but an <c>id:</c> at the start, so that one who hears nothing for long still knows from where to resume.
/// </summary>
internal sealed class EventStream(
    EventLog log,
    PeerOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>Begins each id: numbers start again with each process, and one of another must not be taken for ours.</summary>
    private readonly string _life = RandomNumberGenerator.GetHexString(8, lowercase: true);

    public async Task WriteAsync(HttpContext context)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            var events = ServerSentEventWriter.Begin(context.Response, options.ApiHeartbeat, time);
            await WriteAsync(events, context.Request.Headers["Last-Event-ID"].ToString(), stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The caller went, or the peer stops: this is how streams end.
        }
    }

    private async Task WriteAsync(ServerSentEventWriter events, string lastEventId, CancellationToken cancellationToken)
    {
        var after = lastEventId.Length == 0 ? log.Last : ReadId(lastEventId);
        using var listener = Listen(ref after, out var isReset);
        if (isReset)
        {
            events.WriteEvent(ApiEventTypes.Reset, IdOf(after), "{}"u8);
        }
        else
        {
            events.WriteId(IdOf(after));
        }

        await events.FlushAsync(cancellationToken);

        // One that falls too far behind is ended: it comes back with the last id that it saw.
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

    private string IdOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{_life}.{number}");

    // 1f0c9a7e.42, or -1 for what this process did not write.
    private long ReadId(string id) =>
        id.StartsWith($"{_life}.", StringComparison.Ordinal)
        && long.TryParse(id.AsSpan(_life.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;

    // event: connected
    // id: 1f0c9a7e.42
    // data: {"username":"echo"}
    private void WriteEvent(ServerSentEventWriter events, NumberedEvent numbered)
    {
        var (type, data) = numbered.Event switch
        {
            PeerEvent.Request e => (ApiEventTypes.Request, Json(e.From, e.Key)),
            PeerEvent.RequestWithdrawn e => (ApiEventTypes.RequestWithdrawn, Json(new NameData(e.From.Value))),
            PeerEvent.Connected e => (ApiEventTypes.Connected, Json(new NameData(e.With.Value))),
            PeerEvent.Disconnected e => (
                ApiEventTypes.Disconnected,
                JsonSerializer.SerializeToUtf8Bytes(
                    new DisconnectedData(e.With.Value, e.Reason),
                    ApiJson.Default.DisconnectedData
                )
            ),
            PeerEvent.MessageReceived e => (
                ApiEventTypes.Message,
                JsonSerializer.SerializeToUtf8Bytes(MessageItem.Of(e.Message), ApiJson.Default.MessageItem)
            ),
            PeerEvent.Receipt e => (
                ApiEventTypes.Receipt,
                JsonSerializer.SerializeToUtf8Bytes(
                    new ReceiptData(e.To.Value, e.Id, e.State),
                    ApiJson.Default.ReceiptData
                )
            ),
            PeerEvent.Typing e => (
                ApiEventTypes.Typing,
                JsonSerializer.SerializeToUtf8Bytes(new TypingData(e.From.Value, e.Active), ApiJson.Default.TypingData)
            ),
            PeerEvent.Presence e => (
                ApiEventTypes.Presence,
                JsonSerializer.SerializeToUtf8Bytes(new PresenceData(e.Of.Value, e.Away), ApiJson.Default.PresenceData)
            ),
            PeerEvent.KeyChanged e => (ApiEventTypes.KeyChanged, Json(e.Name, e.Key)),
            PeerEvent.NameClaimed e => (ApiEventTypes.NameClaimed, Json(e.Name, e.Key)),
            PeerEvent.DirectoryChanged e => (
                ApiEventTypes.Directory,
                JsonSerializer.SerializeToUtf8Bytes(
                    new DirectoryStatus(e.State, e.Detail),
                    ApiJson.Default.DirectoryStatus
                )
            ),
            _ => throw new InvalidOperationException($"{numbered.Event.GetType().Name} has no name in the API."),
        };
        events.WriteEvent(type, IdOf(numbered.Number), data);
    }

    private static byte[] Json(Username name, PeerId key) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new NameAndKeyData(name.Value, key.ToString()),
            ApiJson.Default.NameAndKeyData
        );

    private static byte[] Json(NameData data) => JsonSerializer.SerializeToUtf8Bytes(data, ApiJson.Default.NameData);
}

/// <summary>Names of the events of <c>GET /api/events</c>.</summary>
public static class ApiEventTypes
{
    public const string Request = "request";
    public const string RequestWithdrawn = "request-withdrawn";
    public const string Connected = "connected";
    public const string Disconnected = "disconnected";
    public const string Message = "message";
    public const string Receipt = "receipt";
    public const string Typing = "typing";
    public const string Presence = "presence";

    /// <summary>Somebody tried to connect under a name that this peer knows by another key, and was refused.</summary>
    public const string KeyChanged = "key-changed";

    /// <summary>A peer with another key claimed the name of a connected peer, and was refused.</summary>
    public const string NameClaimed = "name-claimed";

    public const string Directory = "directory";

    /// <summary>What was asked for by <c>Last-Event-ID</c> is gone, or never was: read the state anew.</summary>
    public const string Reset = "reset";
}
