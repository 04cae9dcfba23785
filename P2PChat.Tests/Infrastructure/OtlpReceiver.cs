using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// An OTLP collector for tests on two loopback ports. It records spans, log records, metric points and raw bodies, so
/// that a test can also assert what was never sent.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<byte[]> _bodies = [];
    private readonly List<ReceivedSpan> _spans = [];
    private readonly List<ReceivedLog> _logs = [];
    private readonly List<ReceivedMetric> _metrics = [];

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c>.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with <c>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</c>.</summary>
    public string GrpcEndpoint { get; private set; } = "";

    public IReadOnlyList<ReceivedSpan> Spans => Snapshot(_spans);

    public IReadOnlyList<ReceivedLog> Logs => Snapshot(_logs);

    /// <summary>Metric points of all exports, oldest first. A counter is exported repeatedly.</summary>
    public IReadOnlyList<ReceivedMetric> Metrics => Snapshot(_metrics);

    /// <summary>The raw bodies of all three signals.</summary>
    public IReadOnlyList<byte[]> Bodies => Snapshot(_bodies);

    /// <summary>Environment variables that make a process export here, with short intervals.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
        };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        // Requests to the collector must not become spans of the process under test.
        builder.Services.AddSingleton(new ActivitySource(nameof(OtlpReceiver)));
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            });

        var receiver = new OtlpReceiver(builder.Build());
        receiver.Map("/v1/traces", "trace.v1.TraceService", body => receiver._spans.AddRange(OtlpSignals.Spans(body)));
        receiver.Map("/v1/logs", "logs.v1.LogsService", body => receiver._logs.AddRange(OtlpSignals.Logs(body)));
        receiver.Map("/v1/metrics", "metrics.v1.MetricsService", body =>
            receiver._metrics.AddRange(OtlpSignals.Metrics(body))
        );
        await receiver._app.StartAsync();

        var addresses = receiver
            ._app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        (receiver.Endpoint, receiver.GrpcEndpoint) = (addresses.First(), addresses.Last());
        return receiver;
    }

    /// <summary>Returns whether any body of any signal contains <paramref name="text"/>.</summary>
    public bool WasSent(string text)
    {
        var needle = Encoding.UTF8.GetBytes(text);
        return Bodies.Any(body => body.AsSpan().IndexOf(needle) >= 0);
    }

    /// <summary>Waits until <paramref name="enough"/> holds, and returns all spans received so far.</summary>
    public Task<IReadOnlyList<ReceivedSpan>> WaitForSpansAsync(
        Func<IReadOnlyList<ReceivedSpan>, bool> enough,
        TimeSpan within
    ) => WaitAsync(_spans, enough, within, span => $"{span.Service}: {span.Name}");

    /// <inheritdoc cref="WaitForSpansAsync"/>
    public Task<IReadOnlyList<ReceivedLog>> WaitForLogsAsync(
        Func<IReadOnlyList<ReceivedLog>, bool> enough,
        TimeSpan within
    ) => WaitAsync(_logs, enough, within, log => $"{log.Service}: {log.Category}");

    /// <inheritdoc cref="WaitForSpansAsync"/>
    public Task<IReadOnlyList<ReceivedMetric>> WaitForMetricsAsync(
        Func<IReadOnlyList<ReceivedMetric>, bool> enough,
        TimeSpan within
    ) => WaitAsync(_metrics, enough, within, metric => $"{metric.Service}: {metric.Name}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IReadOnlyList<T>> WaitAsync<T>(
        List<T> received,
        Func<IReadOnlyList<T>, bool> enough,
        TimeSpan within,
        Func<T, string> name
    )
    {
        try
        {
            await Eventually.True(
                () => enough(Snapshot(received)),
                within,
                $"the expected {typeof(T).Name}s are exported"
            );
        }
        catch (TimeoutException exception)
        {
            var came = Snapshot(received).Select(name).Distinct();
            throw new TimeoutException(
                $"{exception.Message}. Came: {string.Join(", ", came)}",
                exception.InnerException
            );
        }

        return Snapshot(received);
    }

    private IReadOnlyList<T> Snapshot<T>(List<T> received)
    {
        lock (_gate)
        {
            return [.. received];
        }
    }

    private void Map(string path, string grpcService, Action<byte[]> keep)
    {
        _app.MapPost(path, async (HttpContext context) =>
        {
            Keep(await ReadAsync(context.Request.Body), keep);
            // In OTLP, an empty message means that everything was accepted.
            context.Response.ContentType = "application/x-protobuf";
        });
        _app.MapPost($"/opentelemetry.proto.collector.{grpcService}/Export", async (HttpContext context) =>
        {
            // gRPC frame: uncompressed (0), four bytes of length, the message.
            var frame = await ReadAsync(context.Request.Body);
            Keep(frame.AsSpan(5, (int)BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(1, 4))).ToArray(), keep);
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
    }

    private void Keep(byte[] body, Action<byte[]> keep)
    {
        lock (_gate)
        {
            _bodies.Add(body);
            keep(body);
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }
}
