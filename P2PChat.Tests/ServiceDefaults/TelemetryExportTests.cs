using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.ServiceDefaults;

// Not in parallel: the meters of two apps in one process have the same names, and disposing one silences the other.
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed partial class TelemetryExportTests
{
    public const string Name = "Telemetry export";

    private const string CheckSpan = "span of a health check";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Username_in_a_path_is_never_exported(string protocol)
    {
        const string Username = "zaphod-b";
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var app = await StartAsync(collector, protocol))
        {
            var nobody = LoopbackPort.Next();
            var http = app.Services.GetRequiredService<HttpClient>();
            http.DefaultRequestHeaders.UserAgent.ParseAdd($"{Username}/1.0");
            await http.GetAsync(new Uri($"{app.Urls.Single()}/peers/{Username}?friend={Username}"));
            await http.GetAsync(new Uri($"{app.Urls.Single()}/fails/{Username}"));
            await http.GetAsync(new Uri($"{app.Urls.Single()}/busy/{Username}"));
            await http.GetAsync(new Uri($"{app.Urls.Single()}/nowhere/{Username}"));
            await Assert.ThrowsAsync<HttpRequestException>(() =>
                http.GetAsync(new Uri($"http://127.0.0.1:{nobody}/peers/{Username}"))
            );

            var all = await collector.WaitForSpansAsync(
                spans => On(Port(app), spans).Count == 8 && On(nobody, spans).Count == 1,
                Soon
            );
            var spans = On(Port(app), all);
            var found = Assert.Single(spans, span => span.Name == "GET /peers/{username}");
            Assert.Equal(ReceivedSpanKind.Server, found.Kind);
            Assert.Equal("/peers/{username}", found.Attributes["http.route"]);
            Assert.Equal("200", found.Attributes["http.response.status_code"]);
            Assert.Equal("127.0.0.1", found.Attributes["server.address"]);
            var asked = Assert.Single(spans, span => span.SpanId == found.ParentSpanId);
            Assert.Equal(("GET", ReceivedSpanKind.Client), (asked.Name, asked.Kind));
            var failed = Assert.Single(spans, span => span.Name == "GET /fails/{username}");
            Assert.Equal(ReceivedStatus.Error, failed.Status);
            Assert.Equal(typeof(InvalidOperationException).FullName, failed.Attributes["error.type"]);
            var busy = Assert.Single(spans, span => span.Name == "GET /busy/{username}");
            Assert.Equal((ReceivedStatus.Error, "503"), (busy.Status, busy.Attributes.GetValueOrDefault("error.type")));
            Assert.Single(spans, span => span is { Name: "GET", Kind: ReceivedSpanKind.Server });
            Assert.Equal("", Assert.Single(Assert.Single(On(nobody, all)).Events).Attributes["exception.message"]);

            await collector.WaitForLogsAsync(
                logs => logs.Any(log => log.Attributes.ContainsKey("exception.stacktrace")),
                Soon
            );
            await collector.WaitForMetricsAsync(
                metrics =>
                    metrics.Any(metric =>
                        metric.Name == "http.server.request.duration"
                        && metric.Attributes.GetValueOrDefault("http.route") == "/fails/{username}"
                    ),
                Soon
            );
            await app.StopAsync();
        }

        Assert.False(collector.WasSent(Username), "The username was exported.");
    }

    [Fact]
    public async Task Span_of_a_handled_exception_has_its_route_and_error()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var app = await StartAsync(collector, map: app => app.UseExceptionHandler(_ => { }));
        await app.Services.GetRequiredService<HttpClient>().GetAsync(new Uri($"{app.Urls.Single()}/fails/arthur"));

        var spans = await collector.WaitForSpansAsync(spans => On(Port(app), spans).Count == 2, Soon);

        var failed = Assert.Single(On(Port(app), spans), span => span.Kind == ReceivedSpanKind.Server);
        Assert.Equal(("GET /fails/{username}", ReceivedStatus.Error), (failed.Name, failed.Status));
        Assert.Equal("500", failed.Attributes["http.response.status_code"]);
        Assert.Equal(typeof(InvalidOperationException).FullName, failed.Attributes["error.type"]);
    }

    [Fact]
    public async Task Log_has_its_span_and_its_exception_without_message()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var app = await StartAsync(collector);
        await app.Services.GetRequiredService<HttpClient>().GetAsync(new Uri($"{app.Urls.Single()}/fails/arthur"));

        var logs = await collector.WaitForLogsAsync(
            logs => logs.Any(log => log.Attributes.ContainsKey("exception.type")),
            Soon
        );
        var spans = await collector.WaitForSpansAsync(spans => On(Port(app), spans).Count == 2, Soon);

        var told = Assert.Single(logs, log => log.Body == "Looking at a peer.");
        Assert.Equal(On(Port(app), spans).Single(span => span.Kind == ReceivedSpanKind.Server).SpanId, told.SpanId);
        var error = logs.First(log => log.Attributes.ContainsKey("exception.type"));
        Assert.Equal(typeof(InvalidOperationException).FullName, error.Attributes["exception.type"]);
        Assert.Contains(nameof(Fail), error.Attributes["exception.stacktrace"], StringComparison.Ordinal);
        Assert.Contains(
            typeof(FormatException).FullName!,
            error.Attributes["exception.stacktrace"],
            StringComparison.Ordinal
        );
        Assert.False(error.Attributes.ContainsKey("exception.message"));
    }

    [Fact]
    public async Task Health_probes_leave_no_spans()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var app = await StartAsync(collector);
        var http = app.Services.GetRequiredService<HttpClient>();
        await http.GetAsync(new Uri($"{app.Urls.Single()}/health"));
        await http.GetAsync(new Uri($"{app.Urls.Single()}/alive"));
        await http.GetAsync(new Uri($"{app.Urls.Single()}/peers/ford"));

        var spans = await collector.WaitForSpansAsync(
            spans => On(Port(app), spans).Any(span => span.Name == "GET /peers/{username}"),
            Soon
        );

        Assert.Single(On(Port(app), spans), span => span.Kind == ReceivedSpanKind.Server);
        // Spans of the check are dropped with the probe's.
        Assert.DoesNotContain(spans, span => span.Name == CheckSpan);
    }

    [Fact]
    public async Task Own_spans_and_instruments_are_exported_under_one_name()
    {
        var counter = Telemetry.Meter.CreateCounter<long>("p2pchat.test.things");
        await using var collector = await OtlpReceiver.StartAsync();
        await using var app = await StartAsync(collector);
        using (var activity = Telemetry.Source.StartActivity("own span"))
        {
            activity!.SetTag("db.statement", "GET peer:trillian").SetTag("p2pchat.count", 3);
            activity.AddEvent(new ActivityEvent("happened"));
            counter.Add(2);
        }

        var spans = await collector.WaitForSpansAsync(spans => spans.Any(span => span.Name == "own span"), Soon);
        var metrics = await collector.WaitForMetricsAsync(
            metrics => metrics.Any(metric => metric is { Name: "p2pchat.test.things", Value: 2 }),
            Soon
        );

        var span = Assert.Single(spans, span => span.Name == "own span");
        Assert.Equal((Telemetry.Name, "happened"), (span.Source, Assert.Single(span.Events).Name));
        Assert.Equal(("test-service", "3"), (span.Service, span.Attributes["p2pchat.count"]));
        Assert.DoesNotContain("db.statement", span.Attributes.Keys);
        Assert.Contains(metrics, metric => metric is { Meter: "System.Runtime" });
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_collected()
    {
        await using var app = await LoopbackApp.StartAsync([]);

        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task Silent_collector_does_not_delay_shutdown()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var app = await LoopbackApp.StartAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{silent.LocalEndpoint}",
                ["OTEL_SERVICE_NAME"] = "unheard",
            }
        );
        using (Telemetry.Source.StartActivity("unheard span"))
        {
            Note(app.Logger);
        }

        var ending = Stopwatch.StartNew();
        await app.StopAsync();
        await app.DisposeAsync();

        // By default, an export waits 10 s for its response.
        Assert.True(ending.Elapsed < TimeSpan.FromSeconds(9), $"It took {ending.Elapsed}.");
    }

    // Every provider receives from all sources of the process, including those of other tests. A port identifies those
    // of this test.
    private static List<ReceivedSpan> On(int port, IReadOnlyList<ReceivedSpan> spans) =>
        [.. spans.Where(span => span.Attributes.GetValueOrDefault("server.port") == $"{port}")];

    private static int Port(WebApplication app) => new Uri(app.Urls.Single()).Port;

    private static Task<WebApplication> StartAsync(
        OtlpReceiver collector,
        string protocol = "http/protobuf",
        Action<WebApplication>? map = null
    )
    {
        var configuration = new Dictionary<string, string>(collector.Environment)
        {
            ["OTEL_SERVICE_NAME"] = "test-service",
            // Paths are suppressed even at the most verbose level.
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
            ["Logging:OpenTelemetry:LogLevel:Microsoft"] = "Trace",
            ["Logging:OpenTelemetry:IncludeScopes"] = "true",
        };
        if (protocol == "grpc")
        {
            configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.GrpcEndpoint;
            configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;
        }

        return LoopbackApp.StartAsync(
            configuration,
            builder =>
            {
                builder.Services.AddHttpClient("test");
                builder.Services.AddSingleton(services =>
                    services.GetRequiredService<IHttpClientFactory>().CreateClient("test")
                );
                builder
                    .Services.AddHealthChecks()
                    .AddCheck("check", () =>
                    {
                        using var activity = Telemetry.Source.StartActivity(CheckSpan);
                        return new();
                    });
            },
            app =>
            {
                map?.Invoke(app);
                app.MapGet("/peers/{username}", (string username) => username);
                app.MapGet("/busy/{username}", (string username) => Results.StatusCode(503));
                app.MapGet("/fails/{username}", (string username) =>
                {
                    Note(app.Logger);
                    Fail(username);
                });
            }
        );
    }

    private static void Fail(string username)
    {
        try
        {
            throw new FormatException($"{username} is no name");
        }
        catch (FormatException exception)
        {
            throw new InvalidOperationException($"Could not look at {username}.", exception);
        }
    }

    [LoggerMessage(LogLevel.Information, "Looking at a peer.")]
    private static partial void Note(ILogger logger);
}
