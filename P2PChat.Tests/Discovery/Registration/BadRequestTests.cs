using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>Requests that the directory refuses, with the type of each problem.</summary>
public sealed class BadRequestTests : IAsyncLifetime, IDisposable
{
    private readonly TestIdentity _alice = new();
    private DirectoryFixture _directory = null!;
    private string _id = "";

    public async Task InitializeAsync()
    {
        _directory = await DirectoryFixture.StartAsync();
        _id = await _directory.GetIdAsync();
    }

    public async Task DisposeAsync()
    {
        // The directory still works, and stored nothing from the refused requests.
        Assert.Empty((await _directory.ListAsync()).Peers);
        Assert.Empty(_directory.Logs.Warnings);
        await _directory.RegisterAsync(_alice);
        await _directory.DisposeAsync();
    }

    public void Dispose() => _alice.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"record\": 1, \"signature\": \"\", \"publicKey\": \"\"}")]
    [InlineData("{\"record\": \"\", \"signature\": \"\"}")]
    [InlineData("{\"record\": \"%%%%\", \"signature\": \"\", \"publicKey\": \"\"}")]
    [InlineData("{\"record\": \"AAA\", \"signature\": \"\", \"publicKey\": \"\"}")]
    public async Task Body_with_unexpected_JSON_is_malformed(string body)
    {
        using var response = await SendTextAsync(body, "application/json");

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, response);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-protobuf")]
    public async Task Body_of_another_content_type_is_unsupported(string contentType)
    {
        using var response = await SendTextAsync(
            JsonSerializer.Serialize(_alice.Register(_id), JsonSerializerOptions.Web),
            contentType
        );

        await ProblemAssert.IsAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.UnsupportedMediaType, response);
    }

    [Theory]
    [InlineData(8 * 1024 + 1)]
    [InlineData(10_000_000)]
    public async Task Body_over_8_KiB_is_too_large(int size)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/peers/{_alice.Username}")
        {
            Content = new StringContent(new string(' ', size), Encoding.UTF8, "application/json"),
        };
        // The directory does not read a body that is too large and may close the connection while the client still
        // sends it.
        request.Headers.ExpectContinue = true;

        // The client must not send the body without a 100 Continue, however long the directory takes.
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) })
        {
            BaseAddress = _directory.Address,
        };
        using var response = await http.SendAsync(request);

        var problem = await ProblemAssert.IsAsync(
            HttpStatusCode.RequestEntityTooLarge,
            ProblemTypes.TooLarge,
            response
        );
        Assert.Contains("8192", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("-abc")]
    [InlineData("_abc")]
    [InlineData("a.b.c")]
    [InlineData("alice%20")]
    [InlineData("%C3%A4%C3%B6%C3%BC")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("events")]
    public async Task Invalid_name_is_refused(string username)
    {
        using var put = await _directory.PutAsync(username, _alice.Register(_id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, put);
    }

    [Fact]
    public async Task Invalid_name_is_refused_by_each_call()
    {
        using var find = await _directory.SendAsync(HttpMethod.Get, "/peers/a!");
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, find);
        using var renew = await _directory.SendAsync(HttpMethod.Post, "/peers/a!/lease", "alice.x");
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, renew);
        using var leave = await _directory.DeleteAsync("/peers/a!", _alice.Leave(_id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, leave);
        using var list = await _directory.SendAsync(HttpMethod.Get, "/peers?after=a!");
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, list);
        using var events = await _directory.SendAsync(HttpMethod.Get, "/peers/events?names=alice,a!");
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, events);
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound, ProblemTypes.UnknownRoute)]
    [InlineData("GET", "/peers/alice/secrets", HttpStatusCode.NotFound, ProblemTypes.UnknownRoute)]
    [InlineData("PATCH", "/peers/alice", HttpStatusCode.MethodNotAllowed, ProblemTypes.MethodNotAllowed)]
    [InlineData("GET", "/peers/alice/lease", HttpStatusCode.MethodNotAllowed, ProblemTypes.MethodNotAllowed)]
    [InlineData("GET", "/peers?limit=many", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    [InlineData("GET", "/peers?limit=0", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    [InlineData("GET", "/peers?limit=-1", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    [InlineData("GET", "/peers?limit=1001", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    [InlineData("GET", "/peers/events?names=", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    [InlineData("DELETE", "/peers/alice?release=perhaps", HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest)]
    public async Task Unknown_calls_and_parameters_return_problem_details(
        string method,
        string path,
        HttpStatusCode status,
        string type
    )
    {
        using var response = await _directory.SendAsync(new HttpMethod(method), path);

        await ProblemAssert.IsAsync(status, type, response);
    }

    [Fact]
    public async Task Too_many_names_in_the_event_filter_are_refused()
    {
        var names = string.Join(',', Enumerable.Range(0, 501).Select(number => $"peer-{number}"));

        using var response = await _directory.SendAsync(HttpMethod.Get, "/peers/events?names=" + names);

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, response);
    }

    private async Task<HttpResponseMessage> SendTextAsync(string body, string contentType)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType));
        return await _directory.SendAsync(HttpMethod.Put, $"/peers/{_alice.Username}", content: content);
    }
}
