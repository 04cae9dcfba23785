using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2PChat.ServiceDefaults.Health;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class HealthEndpointsTests
{
    [Theory]
    [InlineData(HealthStatus.Healthy, HttpStatusCode.OK)]
    [InlineData(HealthStatus.Degraded, HttpStatusCode.OK)]
    [InlineData(HealthStatus.Unhealthy, HttpStatusCode.ServiceUnavailable)]
    public async Task Readiness_lists_each_check_and_fails_only_when_unhealthy(HealthStatus status, HttpStatusCode code)
    {
        var (answer, body) = await AskAsync(HealthEndpoints.Readiness, checks =>
            checks
                .AddCheck("store", () => new HealthCheckResult(status))
                .AddCheck("listener", () => HealthCheckResult.Healthy())
        );

        Assert.Equal(code, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal($$$"""{"status":"{{{status}}}","checks":{"store":"{{{status}}}","listener":"Healthy"}}""", body);
    }

    [Fact]
    public async Task Unready_service_is_still_alive()
    {
        var (answer, body) = await AskAsync(HealthEndpoints.Liveness, checks =>
            checks.AddCheck("store", () => HealthCheckResult.Unhealthy())
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"status":"Healthy","checks":{}}""", body);
    }

    [Fact]
    public async Task Check_tagged_live_decides_liveness()
    {
        var (answer, body) = await AskAsync(HealthEndpoints.Liveness, checks =>
            checks.AddCheck("deadlock", () => HealthCheckResult.Unhealthy(), [HealthEndpoints.LiveTag])
        );

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("""{"status":"Unhealthy","checks":{"deadlock":"Unhealthy"}}""", body);
    }

    private static async Task<(HttpResponseMessage Answer, string Body)> AskAsync(
        string path,
        Action<IHealthChecksBuilder> checks
    )
    {
        await using var app = await LoopbackApp.StartAsync([], builder => checks(builder.Services.AddHealthChecks()));
        using var client = new HttpClient();
        var answer = await client.GetAsync(new Uri(new Uri(app.Urls.Single()), path));
        return (answer, await answer.Content.ReadAsStringAsync());
    }
}
