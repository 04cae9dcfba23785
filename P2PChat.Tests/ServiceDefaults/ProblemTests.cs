using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.Tests.Discovery;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>Tests the problem details that all services share.</summary>
public sealed class ProblemTests : IAsyncLifetime, IDisposable
{
    private readonly LogCapture _log = new();
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _app = await LoopbackApp.StartAsync(
            [],
            builder =>
            {
                builder.Services.AddProblems<Catalogue>();
                builder.Logging.AddProvider(_log);
            },
            app =>
            {
                app.UseProblems();
                app.MapGet("/known", string () => throw new TimeoutException());
                app.MapGet("/unknown", string () => throw new FormatException("a secret"));
                app.MapGet("/result", () => TypedResults.Problem(Catalogue.Busy));
            }
        );
        _http.BaseAddress = new Uri(_app.Urls.Single());
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("/known")]
    [InlineData("/result")]
    public async Task Problem_has_its_headers_and_its_members(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));

        var problem = await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, "busy", response);
        var members = problem.EnumerateObject().Select(member => member.Name);
        Assert.Equal(["type", "title", "status", "detail", "traceId"], members);
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
        Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.NotNull(response.Content.Headers.ContentLength);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task Unexpected_exception_is_logged_and_answered_without_details()
    {
        using var response = await _http.GetAsync(new Uri("/unknown", UriKind.Relative));

        var problem = await ProblemAssert.IsAsync(HttpStatusCode.InternalServerError, "status-500", response);
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("a secret", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_accepting_only_event_streams_gets_a_problem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Add("Accept", "text/event-stream");
        using var response = await _http.SendAsync(request);

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, "status-404", response);
    }

    private sealed class Catalogue : IProblemCatalogue
    {
        public static Problem Busy =>
            new(503, "busy", "The service is busy", "Try again later.")
            {
                RetryAfter = TimeSpan.FromSeconds(1.2),
                Challenge = "Bearer",
            };

        public Problem? Find(Exception exception) => exception is TimeoutException ? Busy : null;

        public Problem ForStatus(int status) => new(status, $"status-{status}", "A status", "The framework chose it.");
    }
}
