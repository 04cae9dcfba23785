using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Reports each failed attempt to connect to Redis, taken from the client's log. Its event <c>ConnectionFailed</c> is
/// raised only for the first failure until it reconnects, which would hide a password refused on reconnecting.
/// </summary>
internal sealed class ConnectionFailures(ILoggerFactory inner) : ILoggerFactory
{
    /// <summary>Raised on the client's threads.</summary>
    public event Action<RedisConnectionException>? Failed;

    public ILogger CreateLogger(string categoryName) => new Logger(this, inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The inner factory belongs to the host.
    }

    private sealed class Logger(ConnectionFailures failures, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        // Failures are logged at this level, and only if it is enabled.
        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Error || inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (exception is RedisConnectionException failure)
            {
                failures.Failed?.Invoke(failure);
            }

            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
