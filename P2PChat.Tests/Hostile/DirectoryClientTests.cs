using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Fuzzing;

namespace P2PChat.Tests.Hostile;

/// <summary>Malicious requests to the directory, which must serve an honest peer after each.</summary>
public sealed class DirectoryClientTests : IAsyncLifetime
{
    private static readonly string[] Fields = ["record", "signature", "publicKey"];

    private DirectoryFixture _directory = null!;
    private string _id = "";

    public async Task InitializeAsync()
    {
        _directory = await DirectoryFixture.StartAsync();
        _id = await _directory.GetIdAsync();
    }

    public async Task DisposeAsync()
    {
        using var honest = new TestIdentity("honest");
        var registered = await _directory.RegisterAsync(honest);
        using var renewed = await _directory.RenewAsync(honest.Username, registered.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        Assert.Empty(_directory.Logs.Warnings);
        await _directory.DisposeAsync();
    }

    [Fact]
    public async Task Missing_mistyped_or_oversized_field_is_refused()
    {
        using var mallory = new TestIdentity();
        var good = Json(mallory.Register(_id));
        string[] wrong =
        [
            "null",
            "1",
            "1e400",
            "true",
            "[]",
            "{}",
            "[\"AA==\"]",
            "\"\"",
            "\"A\"",
            "\"\\ud800\"",
            "\"=\"",
            $"\"{new string('A', 7000)}\"",
        ];
        foreach (var field in Fields)
        {
            var value = good.GetProperty(field).GetRawText();
            await AssertRefusedAsync(
                mallory,
                good.GetRawText().Replace($"\"{field}\"", "\"other\"", StringComparison.Ordinal)
            );
            await AssertRefusedAsync(
                mallory,
                good.GetRawText().Replace($"\"{field}\"", $"\"{field.ToUpperInvariant()}x\"", StringComparison.Ordinal)
            );
            foreach (var bad in wrong)
            {
                await AssertRefusedAsync(mallory, good.GetRawText().Replace(value, bad, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Duplicate_field_is_refused_or_counts_once()
    {
        using var mallory = new TestIdentity();
        using var alice = new TestIdentity();
        var (hers, his) = (Json(alice.Register(_id)), Json(mallory.Register(_id)));

        // The signature and key of one record, with both records in either order.
        foreach (var (first, second) in new[] { (hers, his), (his, hers) })
        {
            var body = $$"""
                {"record": {{first.GetProperty("record").GetRawText()}}, "record": {{second.GetProperty(
                    "record"
                ).GetRawText()}},
                 "signature": {{first.GetProperty("signature").GetRawText()}}, "publicKey": {{first.GetProperty(
                    "publicKey"
                ).GetRawText()}} }
                """;
            using var response = await PutAsync(mallory.Username, body);
            Assert.InRange((int)response.StatusCode, 400, 499);
        }

        Assert.Null(await _directory.FindAsync(mallory.Username));
        Assert.Null(await _directory.FindAsync(alice.Username));
    }

    [Fact]
    public async Task Malformed_signed_record_is_refused()
    {
        using var mallory = new TestIdentity();
        Action<PeerRecord>[] changes =
        [
            record => record.Username = new string('a', 33),
            record => record.Username = "events\0",
            record => record.Username = "\u202Ealice",
            record => record.DirectoryId = Google.Protobuf.ByteString.Empty,
            record => record.DirectoryId = Google.Protobuf.ByteString.CopyFrom(new byte[1000]),
            record => record.Sequence = 0,
            record => record.Sequence = ulong.MaxValue,
            record => record.NotAfter = long.MinValue,
            record => record.NotAfter = long.MaxValue,
            record => record.Purpose = (Purpose)3,
            record => record.Devices[0].Endpoints[0].Port = 65_536,
            record => record.Devices[0].Endpoints[0].Host = "",
            record => record.Devices[0].Endpoints[0].Host = new string('a', 254),
            record => record.Devices[0].Endpoints[0].Host = "a b",
            record => record.Devices[0].Endpoints[0].Host = "127.0.0.1/../x",
            record => record.Devices[0].Endpoints[0].Host = "\u001b[2J",
            record =>
                record.Devices[0].Endpoints.AddRange(Enumerable.Repeat(record.Devices[0].Endpoints[0], 8).ToList()),
            record => record.Devices[0].PublicKey = Google.Protobuf.ByteString.CopyFrom(new byte[91]),
            record => record.Devices.AddRange(Enumerable.Range(0, 20).Select(_ => new Device()).ToList()),
        ];
        foreach (var change in changes)
        {
            await AssertRefusedAsync(mallory, Json(mallory.Register(_id, change)).GetRawText());
        }
    }

    [Fact]
    public async Task Records_for_another_directory_are_refused()
    {
        // The records of the vectors name another directory or none.
        foreach (var body in VectorCorpus.Bodies())
        {
            using var response = await PutAsync("alice", Encoding.UTF8.GetString(body));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task Signature_over_other_bytes_is_refused()
    {
        using var mallory = new TestIdentity();
        var signed = mallory.Sign(mallory.Record(_id));
        byte[][] others =
        [
            signed.Record.ToArray(),
            [.. "P2PChat record v2\0"u8, .. signed.Record.Span],
            [.. "P2PChat record v1"u8, .. signed.Record.Span],
            [.. "P2PChat record v1\0"u8, .. signed.Record.Span[..^1]],
            [],
        ];
        foreach (var bytes in others)
        {
            var signature = P2PChat.Protocol.Identity.IdentityKey.Sign(mallory.Key, bytes);
            using var response = await _directory.PutAsync(
                mallory.Username,
                TestIdentity.Body(signed with { Signature = signature })
            );
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.BadSignature, response);
        }
    }

    [Fact]
    public async Task Replayed_record_changes_nothing()
    {
        using var alice = new TestIdentity();
        var first = alice.Register(_id);
        using var registered = await _directory.PutAsync(alice.Username, first);
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        var second = await _directory.RegisterAsync(alice);

        // Anyone who looked her up has her record. Replaying it restores neither her old address nor her lease.
        using var replayed = await _directory.PutAsync(alice.Username, first);
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, replayed);
        using var renewed = await _directory.RenewAsync(alice.Username, second.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);

        var leave = alice.Leave(_id);
        (await _directory.DeleteAsync($"/peers/{alice.Username}", leave)).Dispose();
        using var back = await _directory.PutAsync(alice.Username, first);
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, back);

        // A replayed leave does not remove a peer that has returned.
        await _directory.RegisterAsync(alice);
        using var leftAgain = await _directory.DeleteAsync($"/peers/{alice.Username}", leave);
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, leftAgain);
        Assert.True((await _directory.FindAsync(alice.Username))!.Online);
        (await _directory.UnregisterAsync(alice, release: true)).Dispose();
    }

    [Fact]
    public async Task Lease_token_cannot_be_guessed_from_public_data()
    {
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity();
        var (hers, his) = (await _directory.RegisterAsync(alice), await _directory.RegisterAsync(mallory));
        var secret = hers.LeaseToken[(hers.LeaseToken.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var hash = System.Buffers.Text.Base64Url.EncodeToString(
            System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(secret))
        );
        string[] guesses =
        [
            his.LeaseToken,
            his.LeaseToken.Replace(mallory.Username, alice.Username, StringComparison.Ordinal),
            hers.LeaseToken[..^1],
            hers.LeaseToken + "A",
            $"{alice.Username}.{hash}",
            $"{mallory.Username}.{secret}",
            $".{secret}",
            secret,
            $"{alice.Username}.{new string('A', 43)}",
            $"{alice.Username}.",
            ".",
            alice.PeerId.ToString(),
            new string('A', 3000),
            hers.LeaseToken[..^1] + (hers.LeaseToken[^1] == 'A' ? 'E' : 'A'),
        ];
        foreach (var guess in guesses)
        {
            using var renewed = await _directory.RenewAsync(alice.Username, guess);
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, renewed);
        }

        Assert.Null((await _directory.FindAsync(alice.Username))!.Signed);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("18446744073709551615")]
    [InlineData("' OR 1=1 --")]
    [InlineData("../../etc/passwd")]
    [InlineData("________________________________________________________________")]
    public async Task False_Last_Event_ID_resets_the_stream(string lie)
    {
        using var alice = new TestIdentity();
        await using var events = await _directory.ListenAsync(lastEventId: lie);
        Assert.Equal(PeerEventTypes.Reset, (await events.NextAsync()).Name);

        await _directory.RegisterAsync(alice);

        Assert.Equal(alice.Username, (await events.NextAsync()).Data!.Username);
    }

    [Fact]
    public async Task Last_Event_ID_in_the_future_affects_only_its_sender()
    {
        using var alice = new TestIdentity();
        await using var other = await _directory.ListenAsync();
        var ahead = new P2PChat.Discovery.Events.EventPosition(Enumerable.Repeat(long.MaxValue, 16)).ToString();
        await using var lying = await _directory.ListenAsync(lastEventId: ahead);

        await _directory.RegisterAsync(alice);

        Assert.Equal(alice.Username, (await other.NextAsync()).Data!.Username);
    }

    private async Task AssertRefusedAsync(TestIdentity who, string body)
    {
        using var response = await PutAsync(who.Username, body);
        Assert.True(
            (int)response.StatusCode is >= 400 and < 500,
            $"{(int)response.StatusCode} for {body[..Math.Min(300, body.Length)]}"
        );
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Null(await _directory.FindAsync(who.Username));
    }

    private async Task<HttpResponseMessage> PutAsync(string username, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await _directory.SendAsync(HttpMethod.Put, $"/peers/{username}", content: content);
    }

    private static JsonElement Json(SignedRecordBody body) =>
        JsonSerializer.SerializeToElement(body, JsonSerializerOptions.Web);
}
