using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>Signed records that the directory refuses, with the type of each problem.</summary>
public sealed class InvalidRecordTests : IAsyncLifetime, IDisposable
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
    public async Task Record_whose_purpose_or_name_differs_from_the_call_is_refused()
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

    private async Task AssertRefusedAsync(Action<PeerRecord> change, HttpStatusCode status, string type)
    {
        using var response = await _directory.PutAsync(_alice.Username, _alice.Register(_id, change));
        await ProblemAssert.IsAsync(status, type, response);
    }
}
