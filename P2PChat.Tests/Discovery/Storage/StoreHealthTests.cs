using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Discovery.Storage;

namespace P2PChat.Tests.Discovery.Storage;

public sealed class StoreHealthTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LogCapture _logs = new();
    private readonly ILoggerFactory _loggers;
    private readonly StoreHealth _health;

    public StoreHealthTests()
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        _health = new StoreHealth(_clock, _loggers.CreateLogger<StoreHealth>());
    }

    public void Dispose() => _loggers.Dispose();

    [Fact]
    public void Alternating_causes_are_logged_once_each()
    {
        for (var i = 0; i < 30; i++)
        {
            Fail("One node is away.");
            Fail("Redis did not answer in time.");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Collection(_logs.Warnings, StartsWith("One node is away."), StartsWith("Redis did not answer in time."));
    }

    [Fact]
    public void Cause_that_returns_after_another_has_ended_is_logged_again()
    {
        Fail("Redis is away.");
        Fail("Redis refuses the password.");
        _clock.Advance(TimeSpan.FromSeconds(10));

        Fail("Redis is away.");
        Fail("Redis is away.");

        Assert.Collection(
            _logs.Warnings,
            StartsWith("Redis is away."),
            StartsWith("Redis refuses the password."),
            StartsWith("Redis is away.")
        );
    }

    [Fact]
    public void Cause_is_logged_again_in_the_next_outage()
    {
        Fail("Redis is away.");
        _clock.Advance(TimeSpan.FromSeconds(2));
        _health.Answered();

        Fail("Redis is away.");

        Assert.Equal(2, _logs.Warnings.Count());
    }

    private void Fail(string cause) => _health.Failed(new StoreUnavailableException(cause));

    private static Action<string> StartsWith(string cause) =>
        warning => Assert.StartsWith(cause, warning, StringComparison.Ordinal);
}
