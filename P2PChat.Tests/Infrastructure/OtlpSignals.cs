using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using P2PChat.Tests.Infrastructure.Otlp;

namespace P2PChat.Tests.Infrastructure;

/// <summary>An exported span. Ids are lower-case hex; a root's <see cref="ParentSpanId"/> is empty.</summary>
public sealed record ReceivedSpan(
    string Service,
    string Source,
    string Name,
    ReceivedSpanKind Kind,
    string TraceId,
    string SpanId,
    string ParentSpanId,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<ReceivedLink> Links,
    IReadOnlyList<ReceivedEvent> Events,
    ReceivedStatus Status,
    string StatusMessage,
    TimeSpan Duration
);

public sealed record ReceivedLink(string TraceId, string SpanId);

public sealed record ReceivedEvent(string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>An exported log record. <see cref="Category"/> is the logger's name.</summary>
public sealed record ReceivedLog(
    string Service,
    string Category,
    string Severity,
    string Body,
    string TraceId,
    string SpanId,
    IReadOnlyDictionary<string, string> Attributes
);

/// <summary>A point of a metric. For a histogram, <see cref="Value"/> is its count.</summary>
public sealed record ReceivedMetric(
    string Service,
    string Meter,
    string Name,
    string Unit,
    double Value,
    IReadOnlyDictionary<string, string> Attributes
);

/// <summary>The numbers are OTLP's.</summary>
public enum ReceivedSpanKind
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// <summary>The numbers are OTLP's.</summary>
public enum ReceivedStatus
{
    Unset,
    Ok,
    Error,
}

/// <summary>Flattens OTLP's messages for tests.</summary>
internal static class OtlpSignals
{
    public static IEnumerable<ReceivedSpan> Spans(byte[] body) =>
        from resource in ExportTraceServiceRequest.Parser.ParseFrom(body).ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new ReceivedSpan(
            Service(resource.Resource),
            scope.Scope.Name,
            span.Name,
            (ReceivedSpanKind)span.Kind,
            Hex(span.TraceId),
            Hex(span.SpanId),
            Hex(span.ParentSpanId),
            Flatten(span.Attributes),
            [.. span.Links.Select(link => new ReceivedLink(Hex(link.TraceId), Hex(link.SpanId)))],
            [.. span.Events.Select(happened => new ReceivedEvent(happened.Name, Flatten(happened.Attributes)))],
            (ReceivedStatus)(span.Status?.Code ?? 0),
            span.Status?.Message ?? "",
            TimeSpan.FromTicks((long)(span.EndTimeUnixNano - span.StartTimeUnixNano) / 100)
        );

    public static IEnumerable<ReceivedLog> Logs(byte[] body) =>
        from resource in ExportLogsServiceRequest.Parser.ParseFrom(body).ResourceLogs
        from scope in resource.ScopeLogs
        from log in scope.LogRecords
        select new ReceivedLog(
            Service(resource.Resource),
            scope.Scope?.Name ?? "",
            log.SeverityText,
            Text(log.Body),
            Hex(log.TraceId),
            Hex(log.SpanId),
            Flatten(log.Attributes)
        );

    public static IEnumerable<ReceivedMetric> Metrics(byte[] body) =>
        from resource in ExportMetricsServiceRequest.Parser.ParseFrom(body).ResourceMetrics
        from scope in resource.ScopeMetrics
        from metric in scope.Metrics
        from point in Points(metric)
        select new ReceivedMetric(
            Service(resource.Resource),
            scope.Scope.Name,
            metric.Name,
            metric.Unit,
            point.Value,
            Flatten(point.Attributes)
        );

    private static IEnumerable<(double Value, RepeatedField<KeyValue> Attributes)> Points(Metric metric) =>
        metric.DataCase switch
        {
            Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Select(Number),
            Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(Number),
            Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(point =>
                ((double)point.Count, point.Attributes)
            ),
            _ => [],
        };

    private static (double, RepeatedField<KeyValue>) Number(NumberDataPoint point) =>
        (point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble, point.Attributes);

    private static string Service(Resource? resource) =>
        resource?.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name") is { } name
            ? Text(name.Value)
            : "";

    // A faulty export may repeat a key. The last one wins here; the raw bodies have both.
    private static Dictionary<string, string> Flatten(RepeatedField<KeyValue> attributes)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in attributes)
        {
            flat[attribute.Key] = Text(attribute.Value);
        }

        return flat;
    }

    private static string Text(AnyValue? value) =>
        value?.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => value.StringValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.ArrayValue => string.Join(',', value.ArrayValue.Values.Select(Text)),
            _ => "",
        };

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
