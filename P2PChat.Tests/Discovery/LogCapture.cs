using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace P2PChat.Tests.Discovery;

/// <summary>Captures log messages as formatted text.</summary>
public sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();

    /// <summary>Warnings and errors, except Kestrel's warning that the machine is busy.</summary>
    public IEnumerable<string> Warnings =>
        _entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Text);

    public IEnumerable<string> All => _entries.Select(entry => entry.Text);

    public ILogger CreateLogger(string categoryName) => new Logger(_entries);

    public void Dispose()
    {
        // Holds no resources.
    }

    private sealed class Logger(ConcurrentQueue<(LogLevel, string)> entries) : ILogger
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
        ) =>
            entries.Enqueue(
                (
                    eventId.Name == "HeartbeatSlow" ? LogLevel.Information : logLevel,
                    formatter(state, exception) + exception
                )
            );
    }
}
