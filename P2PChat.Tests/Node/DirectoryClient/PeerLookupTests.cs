using Google.Protobuf;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A directory's answer is trusted only as far as the other peer's signature confirms it.</summary>
public sealed class PeerLookupTests : IAsyncLifetime, IDisposable
{
    private static readonly Username Bob = Username.Parse("bob");

    private readonly PeerIdentity _bob = PeerIdentity.Create();
    private readonly PeerIdentity _mallory = PeerIdentity.Create();
    private LyingDirectory _directory = null!;
    private PeerUnderTest _alice = null!;

    public async Task InitializeAsync()
    {
        _directory = await LyingDirectory.StartAsync();
        _alice = await PeerUnderTest.StartUnregisteredAsync(_directory.Address, "alice");
        await Eventually.True(
            () => _alice.Status.Directory == DirectoryState.Registered,
            PeerUnderTest.Soon,
            "alice is registered"
        );
    }

    [Fact]
    public async Task Valid_record_is_accepted()
    {
        Show(_bob, Record(_bob));
        var found = await _alice.Lookup.FindAsync(Bob, default);
        Assert.Equal((_bob.PeerId, 9), (found.PeerId, (int)found.Endpoints.Single().Port));
    }

    [Fact]
    public async Task Record_older_than_one_seen_is_refused()
    {
        Show(_bob, Record(_bob));
        _ = await _alice.Lookup.FindAsync(Bob, default);
        Show(_bob, Record(_bob, record => record.Sequence -= 1));
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Offline_record_from_the_future_does_not_block_the_next()
    {
        Show(
            _bob,
            Record(_bob, record =>
                record.Sequence = (ulong)DateTimeOffset.UtcNow.AddDays(400).ToUnixTimeMilliseconds()
            ),
            online: false
        );
        Assert.Null((await _alice.Lookup.FindAsync(Bob, default)).Prekey);
        Show(_bob, Record(_bob));
        Assert.Single((await _alice.Lookup.FindAsync(Bob, default)).Endpoints);
    }

    [Fact]
    public async Task Last_endpoints_of_an_offline_peer_are_used_for_a_day()
    {
        Show(_bob, Record(_bob), online: false);
        var found = await _alice.Lookup.FindAsync(Bob, default);
        Assert.Equal((0, 9), (found.Endpoints.Count, (int)found.LastEndpoints.Single().Port));

        Show(
            _bob,
            Record(_bob, record => record.NotAfter = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds()),
            online: false
        );
        Assert.Empty((await _alice.Lookup.FindAsync(Bob, default)).LastEndpoints);
    }

    [Fact]
    public async Task Record_signed_by_another_key_is_refused()
    {
        Show(_bob, Record(_mallory));
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Modified_record_is_refused()
    {
        var record = Record(_bob);
        var bytes = record.Record.ToArray();
        bytes[^1] ^= 1;
        Show(_bob, record with { Record = bytes });
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Record_for_another_name_directory_or_purpose_is_refused()
    {
        Show(_bob, Record(_bob, record => record.Username = "carol"));
        await AssertNotTrustedAsync();
        Show(
            _bob,
            Record(_bob, record => record.DirectoryId = ByteString.CopyFrom(new byte[SignedRecord.DirectoryIdSize]))
        );
        await AssertNotTrustedAsync();
        Show(_bob, Record(_bob, record => record.Purpose = Purpose.Leave));
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Expired_record_is_refused()
    {
        Show(
            _bob,
            Record(_bob, record => record.NotAfter = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds())
        );
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Malformed_answer_is_refused()
    {
        _directory.Answer = new PeerDetails(
            "bob",
            _bob.PeerId.ToString(),
            true,
            default,
            new SignedRecordBody("?", "?", "?")
        );
        await AssertNotTrustedAsync();
        _directory.Answer = new PeerDetails("carol", _bob.PeerId.ToString(), true, default);
        await AssertNotTrustedAsync();
        _directory.Answer = new PeerDetails("bob", "nobody", true, default);
        await AssertNotTrustedAsync();
    }

    [Fact]
    public async Task Pinned_name_with_another_key_is_refused()
    {
        _alice.StoredContacts.Remember(Bob, _bob.PeerId);
        Show(_mallory, Record(_mallory));
        var refusal = await Assert.ThrowsAsync<PeerException>(() => _alice.Connections.ConnectAsync(Bob, default));
        Assert.Equal(
            (PeerError.KeyChanged, KeyWarning.For(Bob, refusal.OtherKey!.Value)),
            (refusal.Error, refusal.Message)
        );
    }

    public async Task DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    public void Dispose()
    {
        _bob.Dispose();
        _mallory.Dispose();
    }

    private async Task AssertNotTrustedAsync()
    {
        var refusal = await Assert.ThrowsAsync<PeerException>(() => _alice.Connections.ConnectAsync(Bob, default));
        Assert.Equal(PeerError.DirectoryNotTrusted, refusal.Error);
    }

    private void Show(PeerIdentity claimant, SignedRecord record, bool online = true) =>
        _directory.Answer = new PeerDetails(
            "bob",
            claimant.PeerId.ToString(),
            online,
            DateTimeOffset.UtcNow,
            new SignedRecordBody(
                Convert.ToBase64String(record.Record.Span),
                Convert.ToBase64String(record.Signature.Span),
                Convert.ToBase64String(record.PublicKey.Span)
            )
        );

    private static SignedRecord Record(PeerIdentity signer, Action<PeerRecord>? change = null)
    {
        var record = new PeerRecord
        {
            Purpose = Purpose.Register,
            DirectoryId = ByteString.CopyFrom(LyingDirectory.Id),
            Username = "bob",
            Sequence = 1_000,
            NotAfter = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds(),
            Devices =
            {
                new Device
                {
                    PublicKey = ByteString.CopyFrom(signer.PublicKey()),
                    Endpoints =
                    {
                        new Endpoint
                        {
                            Transport = Transport.Tcp,
                            Host = "127.0.0.1",
                            Port = 9,
                        },
                    },
                },
            },
        };
        change?.Invoke(record);
        return signer.Sign(record);
    }
}
