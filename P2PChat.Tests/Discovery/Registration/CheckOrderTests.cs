using System.Net;
using System.Text;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>
/// Order of the directory's checks (docs/protocol.md, section 3.3): of two faults, the first is reported.
/// </summary>
public sealed class CheckOrderTests : IAsyncLifetime, IDisposable
{
    private readonly TestIdentity _alice = new();
    private readonly TestIdentity _bob = new();
    private DirectoryFixture _directory = null!;
    private string _id = "";

    public async Task InitializeAsync()
    {
        _directory = await DirectoryFixture.StartAsync();
        _id = await _directory.GetIdAsync();
        await _directory.RegisterAsync(_alice);
    }

    public async Task DisposeAsync() => await _directory.DisposeAsync();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
    }

    [Fact]
    public Task Content_type_is_checked_before_the_name_in_the_path() =>
        AssertAsync(ProblemTypes.UnsupportedMediaType, SendAsync(HttpMethod.Put, "x", "no JSON", "text/plain"));

    [Fact]
    public Task Name_in_the_path_is_checked_before_the_json() =>
        AssertAsync(ProblemTypes.InvalidUsername, SendAsync(HttpMethod.Put, "x", "no JSON", "application/json"));

    [Fact]
    public Task Json_is_checked_before_the_record() =>
        AssertAsync(
            ProblemTypes.MalformedRequest,
            PutAsync(_bob.Username, _bob.Register(_id) with { Record = "AAAA", Signature = "%" })
        );

    [Fact]
    public Task Signature_is_checked_before_the_form() =>
        AssertAsync(
            ProblemTypes.BadSignature,
            PutAsync(
                _bob.Username,
                _bob.Register(_id, record => record.Devices.Clear()) with
                {
                    Signature = Convert.ToBase64String(new byte[64]),
                }
            ),
            HttpStatusCode.Forbidden
        );

    [Fact]
    public Task Form_is_checked_before_the_directory_id() =>
        AssertAsync(
            ProblemTypes.InvalidUsername,
            PutAsync(_bob.Username, _bob.Register(Elsewhere, record => record.Username = "Bob"))
        );

    [Fact]
    public Task Name_is_checked_before_the_directory_id() =>
        AssertAsync(ProblemTypes.InvalidRecord, PutAsync(TestIdentity.UniqueName(), _bob.Register(Elsewhere)));

    [Fact]
    public Task Purpose_is_checked_before_the_directory_id() =>
        AssertAsync(ProblemTypes.InvalidRecord, PutAsync(_bob.Username, _bob.Leave(Elsewhere)));

    [Fact]
    public Task Directory_id_is_checked_before_the_time() =>
        AssertAsync(
            ProblemTypes.WrongDirectory,
            PutAsync(_bob.Username, _bob.Register(Elsewhere, record => record.NotAfter = 1))
        );

    [Fact]
    public Task Time_is_checked_before_the_owner_of_the_name() =>
        AssertAsync(
            ProblemTypes.ClockSkew,
            PutAsync(
                _alice.Username,
                _bob.Register(_id, record => (record.Username, record.NotAfter) = (_alice.Username, 1))
            )
        );

    [Fact]
    public Task Release_is_checked_before_the_owner_of_the_name() =>
        AssertAsync(
            ProblemTypes.InvalidRecord,
            SendAsync(HttpMethod.Delete, _bob.Username + "?release=true", Json(_bob.Leave(_id)), "application/json")
        );

    [Fact]
    public Task Owner_of_the_name_is_checked_before_the_sequence() =>
        AssertAsync(
            ProblemTypes.NameTaken,
            PutAsync(
                _alice.Username,
                _bob.Register(_id, record =>
                    (record.Username, record.Sequence) = (_alice.Username, record.Sequence - 60_000)
                )
            ),
            HttpStatusCode.Conflict
        );

    private static string Elsewhere => Convert.ToHexStringLower(new byte[SignedRecord.DirectoryIdSize]);

    private static async Task AssertAsync(string type, Task<HttpResponseMessage> sending, HttpStatusCode? status = null)
    {
        using var response = await sending;
        await ProblemAssert.IsAsync(
            status
                ?? (
                    type == ProblemTypes.UnsupportedMediaType
                        ? HttpStatusCode.UnsupportedMediaType
                        : HttpStatusCode.BadRequest
                ),
            type,
            response
        );
    }

    private Task<HttpResponseMessage> PutAsync(string name, SignedRecordBody body) =>
        SendAsync(HttpMethod.Put, name, Json(body), "application/json");

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string name, string body, string contentType) =>
        _directory.SendAsync(method, $"/peers/{name}", content: new StringContent(body, Encoding.UTF8, contentType));

    private static string Json(SignedRecordBody body) => JsonSerializer.Serialize(body, JsonSerializerOptions.Web);
}
