using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

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
    public async Task Body_that_is_not_the_expected_JSON_is_malformed(string body)
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

    [Fact]
    public async Task Record_with_an_invalid_name_is_refused()
    {
        foreach (var name in new[] { "", "Alice", "a b c", "äöü" })
        {
            await AssertRefusedAsync(
                record => record.Username = name,
                HttpStatusCode.BadRequest,
                ProblemTypes.InvalidUsername
            );
        }
    }

    [Fact]
    public async Task Record_changed_after_signing_is_refused()
    {
        var record = _alice.Record(_id);
        var signed = _alice.Sign(record);
        record.Devices[0].Endpoints[0].Port = 9;

        using var response = await _directory.PutAsync(
            _alice.Username,
            TestIdentity.Body(signed with { Record = record.ToByteArray() })
        );

        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.BadSignature, response);
    }

    [Fact]
    public async Task Signature_by_another_key_is_refused()
    {
        using var mallory = new TestIdentity();

        using var response = await _directory.PutAsync(
            _alice.Username,
            TestIdentity.Body(mallory.Sign(_alice.Record(_id)) with { PublicKey = _alice.PublicKey })
        );

        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.BadSignature, response);
    }

    [Fact]
    public async Task Key_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        using var response = await _directory.PutAsync(
            _alice.Username,
            TestIdentity.Body(SignedRecord.Sign(_alice.Record(_id), key))
        );

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, response);
    }

    [Fact]
    public async Task Record_for_another_directory_is_refused()
    {
        using var response = await _directory.PutAsync(_alice.Username, _alice.Register(new string('0', 32)));

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.WrongDirectory, response);
    }

    [Fact]
    public async Task Record_with_another_purpose_or_name_than_the_call_is_refused()
    {
        using var leaveAsPut = await _directory.PutAsync(_alice.Username, _alice.Leave(_id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, leaveAsPut);
        using var registerAsDelete = await _directory.DeleteAsync($"/peers/{_alice.Username}", _alice.Register(_id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, registerAsDelete);
        using var otherName = await _directory.PutAsync("somebody-else", _alice.Register(_id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, otherName);
    }

    [Fact]
    public async Task Record_outside_its_time_window_is_refused()
    {
        var now = DateTimeOffset.UtcNow;
        await AssertRefusedAsync(
            record => record.NotAfter = now.AddMinutes(-6).ToUnixTimeMilliseconds(),
            HttpStatusCode.BadRequest,
            ProblemTypes.ClockSkew
        );
        await AssertRefusedAsync(
            record => record.NotAfter = now.AddDays(9).ToUnixTimeMilliseconds(),
            HttpStatusCode.BadRequest,
            ProblemTypes.ClockSkew
        );
        await AssertRefusedAsync(
            record => record.Sequence = (ulong)now.AddMinutes(6).ToUnixTimeMilliseconds(),
            HttpStatusCode.BadRequest,
            ProblemTypes.ClockSkew
        );
        // A stranger may have kept the record from before the claim ended.
        await AssertRefusedAsync(
            record => record.Sequence = (ulong)now.AddMinutes(-6).ToUnixTimeMilliseconds(),
            HttpStatusCode.BadRequest,
            ProblemTypes.ClockSkew
        );
    }

    [Fact]
    public async Task Clock_skew_under_5_minutes_is_accepted()
    {
        var now = DateTimeOffset.UtcNow;
        using var behind = new TestIdentity();
        using var ahead = new TestIdentity();

        await _directory.RegisterAsync(behind, record =>
            record.Sequence = (ulong)now.AddMinutes(-4).ToUnixTimeMilliseconds()
        );
        await _directory.RegisterAsync(ahead, record =>
            record.Sequence = (ulong)now.AddMinutes(4).ToUnixTimeMilliseconds()
        );

        (await _directory.UnregisterAsync(behind, release: true)).Dispose();
        (
            await _directory.UnregisterAsync(ahead, release: true, record =>
                record.Sequence = (ulong)now.AddMinutes(4.5).ToUnixTimeMilliseconds()
            )
        ).Dispose();
    }

    [Fact]
    public async Task Record_not_in_version_1_form_is_refused()
    {
        await AssertRefusedAsync(
            record => record.Devices.Clear(),
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
        await AssertRefusedAsync(
            record => record.Devices.Add(record.Devices[0].Clone()),
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
        await AssertRefusedAsync(
            record => record.Devices[0].PublicKey = ByteString.Empty,
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
        await AssertRefusedAsync(
            record => record.Devices[0].Endpoints[0].Port = 0,
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
        await AssertRefusedAsync(
            record => record.Release = true,
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
        await AssertRefusedAsync(
            record => record.Purpose = Purpose.Unspecified,
            HttpStatusCode.BadRequest,
            ProblemTypes.InvalidRecord
        );
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

    private async Task AssertRefusedAsync(Action<PeerRecord> change, HttpStatusCode status, string type)
    {
        using var response = await _directory.PutAsync(_alice.Username, _alice.Register(_id, change));
        await ProblemAssert.IsAsync(status, type, response);
    }

    private async Task<HttpResponseMessage> SendTextAsync(string body, string contentType)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType));
        return await _directory.SendAsync(HttpMethod.Put, $"/peers/{_alice.Username}", content: content);
    }
}
