using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace P2PChat.ServiceDefaults.ServerSentEvents;

/// <summary>
/// Writes server-sent events (WHATWG HTML, section 9.2). <c>TypedResults.ServerSentEvents</c> and <c>SseFormatter</c>
/// cannot write comments or blocks without data, which heartbeats and resuming need.
/// </summary>
public sealed class ServerSentEventWriter
{
    private readonly PipeWriter _output;
    private readonly TimeSpan _heartbeat;
    private readonly TimeProvider _timeProvider;

    private ServerSentEventWriter(PipeWriter output, TimeSpan heartbeat, TimeProvider timeProvider) =>
        (_output, _heartbeat, _timeProvider) = (output, heartbeat, timeProvider);

    /// <summary>Sets the headers and the reconnection time. Nothing is sent before the first flush.</summary>
    /// <param name="response">The response to write.</param>
    /// <param name="heartbeat">Interval between heartbeats in <see cref="WaitToReadAsync"/>.</param>
    /// <param name="timeProvider">Measures the heartbeat interval.</param>
    public static ServerSentEventWriter Begin(HttpResponse response, TimeSpan heartbeat, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var writer = new ServerSentEventWriter(response.BodyWriter, heartbeat, timeProvider);
        writer.Write("retry: 2000\n");
        return writer;
    }

    /// <summary>Writes an event.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="id">The position to resume from, or null if the stream has none.</param>
    /// <param name="data">JSON without line breaks.</param>
    /// <exception cref="ArgumentException">The data contains a line break.</exception>
    public void WriteEvent(string type, string? id, ReadOnlySpan<byte> data)
    {
        if (data.IndexOfAny((byte)'\r', (byte)'\n') >= 0)
        {
            throw new ArgumentException("The data of an event must be a single line.", nameof(data));
        }

        Write(id is null ? $"event: {type}\ndata: " : $"event: {type}\nid: {id}\ndata: ");
        _output.Write(data);
        Write("\n\n");
    }

    /// <summary>
    /// Writes a block without an event, so that an idle stream still sends the position to resume from.
    /// </summary>
    /// <param name="id">The position, or null if the stream has none.</param>
    public void WriteId(string? id) => Write(id is null ? "\n" : $"id: {id}\n\n");

    /// <summary>Sends what was written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken) => await _output.FlushAsync(cancellationToken);

    /// <summary>Waits until the channel has an item, and sends heartbeats meanwhile.</summary>
    /// <param name="items">The channel to wait for.</param>
    /// <param name="nextId">Called before each heartbeat for its id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the channel is completed.</returns>
    public async Task<bool> WaitToReadAsync<T>(
        ChannelReader<T> items,
        Func<ValueTask<string?>> nextId,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(nextId);
        var waiting = items.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            try
            {
                return await waiting.WaitAsync(_heartbeat, _timeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                var id = await nextId();
                Write(": still here\n");
                WriteId(id);
                await FlushAsync(cancellationToken);
            }
        }
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _output);
}
