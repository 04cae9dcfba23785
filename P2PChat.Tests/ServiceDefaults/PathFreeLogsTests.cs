using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.ServiceDefaults;

public sealed partial class PathFreeLogsTests
{
    [Fact]
    public async Task Logs_and_scopes_contain_no_path_at_any_level()
    {
        var written = new Written();
        await using var app = await LoopbackApp.StartAsync(
            new Dictionary<string, string>
            {
                ["Logging:LogLevel:Default"] = "Trace",
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
                ["Logging:Written:LogLevel:Default"] = "Trace",
                ["Logging:Written:LogLevel:Microsoft.AspNetCore.Routing"] = "Trace",
            },
            builder =>
            {
                builder.Logging.AddProvider(written);
                builder.Services.AddHttpClient("test");
            },
            app => app.MapGet("/peers/{username}", (string username) =>
                {
                    Note(app.Logger);
                    return username;
                })
        );

        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("test");
        await client.GetAsync(new Uri($"{app.Urls.Single()}/peers/deep-thought"));
        await client.GetAsync(new Uri($"{app.Urls.Single()}/nowhere/deep-thought"));
        await app.StopAsync();

        Assert.Contains(written.Lines, line => line.Contains("Looking at a peer.", StringComparison.Ordinal));
        Assert.DoesNotContain(written.Lines, line => line.Contains("deep-thought", StringComparison.Ordinal));
    }

    [LoggerMessage(LogLevel.Information, "Looking at a peer.")]
    private static partial void Note(ILogger logger);

    /// <summary>Records each line with its scopes, as a console logger prints them.</summary>
    [ProviderAlias("Written")]
    private sealed class Written : ILoggerProvider, ISupportExternalScope
    {
        private readonly List<string> _lines = [];
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose() { }

        private sealed class Logger(Written written, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            )
            {
                var line = $"{category} {formatter(state, exception)}";
                lock (written._lines)
                {
                    written._scopes.ForEachScope((scope, lines) => lines.Add($"{line} in {scope}"), written._lines);
                    written._lines.Add(line);
                }
            }
        }
    }
}
