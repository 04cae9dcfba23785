using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2PChat.AppHost;

namespace P2PChat.Tests.AppHost;

public sealed class StatusLinesTests
{
    private static readonly DateTime Start = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly StatusLines _lines = new(() => 2);

    [Fact]
    public void Healthy_resources_are_aligned_and_end_with_a_closing_line()
    {
        Assert.Empty(Waiting("bob"));
        Assert.Empty(Waiting("discovery-ab"));

        Assert.Equal(["discovery-ab  healthy  http://localhost:1"], Healthy("discovery-ab", "http://localhost:1"));
        Assert.Equal(
            [
                "bob           healthy  http://localhost:2, tcp://localhost:3",
                "Everything is healthy. Press Ctrl-C to stop.",
            ],
            Healthy("bob", "http://localhost:2", "tcp://localhost:3")
        );
    }

    [Fact]
    public void Repeated_health_report_prints_nothing()
    {
        _ = Healthy("bob");

        Assert.Empty(Healthy("bob"));
    }

    [Theory]
    [InlineData(null, "bob  ended.")]
    [InlineData(0, "bob  ended.")]
    [InlineData(134, "bob  ended with exit code 134. See its log on the dashboard.")]
    [InlineData(-1, "bob  crashed or was killed. See its log on the dashboard.")]
    public void Ended_resource_is_reported_once(int? exitCode, string expected)
    {
        _ = Healthy("bob");

        Assert.Equal([expected], Ended("bob", exitCode));
        Assert.Empty(Ended("bob", exitCode));
    }

    [Fact]
    public void Failed_start_is_reported()
    {
        var status = new ResourceStatus("bob", KnownResourceStates.FailedToStart, null, null, null, []);

        Assert.Equal(["bob  failed to start. See its log on the dashboard."], _lines.Observe(status, Start));
    }

    [Fact]
    public void Restarted_resource_is_healthy_again_without_a_second_closing_line()
    {
        _ = Healthy("alice");
        _ = Healthy("bob");
        _ = Ended("bob", 137);
        Assert.Empty(Waiting("bob"));

        Assert.Equal(["bob    healthy  "], Healthy("bob"));
    }

    [Fact]
    public void Unhealthy_resource_and_its_recovery_are_reported()
    {
        _ = Healthy("bob");

        Assert.Equal(["bob  unhealthy. See its log on the dashboard."], Unhealthy("bob", TimeSpan.FromSeconds(1)));
        Assert.Equal(["bob  healthy  "], Healthy("bob"));
    }

    [Fact]
    public void Start_is_reported_as_slow_only_after_30_seconds()
    {
        Assert.Empty(Unhealthy("bob", TimeSpan.FromSeconds(30)));

        var late = Unhealthy("bob", TimeSpan.FromSeconds(31));
        Assert.Equal(["bob  not healthy after 30 s. See its log on the dashboard."], late);
        Assert.Empty(Unhealthy("bob", TimeSpan.FromSeconds(60)));
    }

    private List<string> Waiting(string name) =>
        Observe(new(name, KnownResourceStates.Waiting, null, null, null, []), Start);

    private List<string> Healthy(string name, params string[] addresses) =>
        Observe(new(name, KnownResourceStates.Running, HealthStatus.Healthy, Start, null, addresses), Start);

    private List<string> Unhealthy(string name, TimeSpan after) =>
        Observe(new(name, KnownResourceStates.Running, HealthStatus.Unhealthy, Start, null, []), Start + after);

    private List<string> Ended(string name, int? exitCode) =>
        Observe(new(name, KnownResourceStates.Exited, null, Start, exitCode, []), Start);

    private List<string> Observe(ResourceStatus status, DateTime now) => [.. _lines.Observe(status, now)];
}
