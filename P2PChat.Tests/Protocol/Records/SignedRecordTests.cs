using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Discovery;

namespace P2PChat.Tests.Protocol.Records;

public sealed class SignedRecordTests : IDisposable
{
    private static readonly string DirectoryId = new('a', 32);

    private readonly TestIdentity _alice = new("alice");

    public void Dispose() => _alice.Dispose();

    [Fact]
    public void Signed_record_verifies_with_its_signer()
    {
        var record = _alice.Record(DirectoryId);

        var verified = _alice.Sign(record).Verify();

        Assert.Equal(record, verified.Content);
        Assert.Equal("alice", verified.Username.Value);
        Assert.Equal(_alice.PeerId, verified.PeerId);
        verified.CheckTime(DateTimeOffset.UtcNow);
    }

    [Fact]
    public void Any_changed_byte_is_rejected()
    {
        var signed = _alice.Sign(_alice.Record(DirectoryId));
        _ = signed.Verify();

        for (var at = 0; at < signed.Record.Length; at++)
        {
            Assert.Equal(RecordError.BadSignature, ErrorOf(signed with { Record = Changed(signed.Record, at) }));
        }

        for (var at = 0; at < signed.Signature.Length; at++)
        {
            Assert.Equal(RecordError.BadSignature, ErrorOf(signed with { Signature = Changed(signed.Signature, at) }));
        }

        for (var at = 0; at < signed.PublicKey.Length; at++)
        {
            Assert.Contains(
                ErrorOf(signed with { PublicKey = Changed(signed.PublicKey, at) }),
                new[] { RecordError.BadSignature, RecordError.UnsupportedKey }
            );
        }
    }

    [Fact]
    public void Truncated_or_extended_record_is_rejected()
    {
        var signed = _alice.Sign(_alice.Record(DirectoryId));

        Assert.Equal(RecordError.BadSignature, ErrorOf(signed with { Record = signed.Record[..^1] }));
        Assert.Equal(
            RecordError.BadSignature,
            ErrorOf(
                signed with
                {
                    Record = new byte[] { 0 }
                        .Concat(signed.Record.ToArray())
                        .ToArray(),
                }
            )
        );
        Assert.Equal(RecordError.Malformed, ErrorOf(signed with { Record = default }));
        Assert.Equal(RecordError.Malformed, ErrorOf(signed with { Record = new byte[SignedRecord.MaxSize + 1] }));
        Assert.Equal(RecordError.BadSignature, ErrorOf(signed with { Signature = default }));
        Assert.Equal(RecordError.UnsupportedKey, ErrorOf(signed with { PublicKey = default }));
    }

    [Fact]
    public void Signature_without_the_context_is_rejected()
    {
        var bytes = _alice.Record(DirectoryId).ToByteArray();

        Assert.Equal(
            RecordError.BadSignature,
            ErrorOf(new SignedRecord(bytes, IdentityKey.Sign(_alice.Key, bytes), _alice.PublicKey))
        );
    }

    [Fact]
    public void Key_on_another_curve_is_unsupported()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(RecordError.UnsupportedKey, ErrorOf(SignedRecord.Sign(_alice.Record(DirectoryId), key)));
    }

    [Fact]
    public void Key_off_the_curve_fails_verification()
    {
        var signed = _alice.Sign(_alice.Record(DirectoryId));
        var point = signed.PublicKey.ToArray();
        point[^1] ^= 0x80;

        Assert.Equal(RecordError.BadSignature, ErrorOf(signed with { PublicKey = point }));
    }

    [Fact]
    public void Signed_bytes_that_are_not_a_record_are_malformed()
    {
        byte[] context = [.. "P2PChat record v1\0"u8];
        byte[] garbage = [0xFF, 0xFF, 0xFF, 0xFF];

        Assert.Equal(
            RecordError.Malformed,
            ErrorOf(new SignedRecord(garbage, IdentityKey.Sign(_alice.Key, [.. context, .. garbage]), _alice.PublicKey))
        );
    }

    [Fact]
    public void Unknown_fields_are_kept_and_signed()
    {
        // Field 15, a number, is unknown in version 1.
        byte[] bytes = [.. _alice.Record(DirectoryId).ToByteArray(), 0x78, 0x2A];

        var verified = _alice.Sign(PeerRecord.Parser.ParseFrom(bytes)).Verify();

        Assert.Equal(bytes, verified.Content.ToByteArray());
    }

    public static TheoryData<string, Action<PeerRecord>, RecordError> Forms =>
        new()
        {
            { "no purpose", record => record.Purpose = Purpose.Unspecified, RecordError.Malformed },
            { "an unknown purpose", record => record.Purpose = (Purpose)9, RecordError.Malformed },
            { "upper case", record => record.Username = "Alice", RecordError.InvalidUsername },
            { "no name", record => record.Username = "", RecordError.InvalidUsername },
            {
                "a short directory id",
                record => record.DirectoryId = ByteString.CopyFrom(new byte[15]),
                RecordError.Malformed
            },
            { "no sequence", record => record.Sequence = 0, RecordError.Malformed },
            { "a sequence beyond 63 bits", record => record.Sequence = 1ul << 63, RecordError.Malformed },
            { "a release without leaving", record => record.Release = true, RecordError.Malformed },
            { "no device", record => record.Devices.Clear(), RecordError.Malformed },
            { "two devices", record => record.Devices.Add(record.Devices[0].Clone()), RecordError.Malformed },
            {
                "a device with another key",
                record => record.Devices[0].PublicKey = ByteString.CopyFrom(new byte[91]),
                RecordError.Malformed
            },
            {
                "nine endpoints",
                record => record.Devices[0].Endpoints.AddRange(Enumerable.Repeat(record.Devices[0].Endpoints[0], 8)),
                RecordError.Malformed
            },
            { "no port", record => record.Devices[0].Endpoints[0].Port = 0, RecordError.Malformed },
            { "a port beyond 65535", record => record.Devices[0].Endpoints[0].Port = 65536, RecordError.Malformed },
            { "no host", record => record.Devices[0].Endpoints[0].Host = "", RecordError.Malformed },
            { "a host that is none", record => record.Devices[0].Endpoints[0].Host = "a b", RecordError.Malformed },
            { "a host in brackets", record => record.Devices[0].Endpoints[0].Host = "[::1]", RecordError.Malformed },
            {
                "a host too long",
                record => record.Devices[0].Endpoints[0].Host = string.Join('.', Enumerable.Repeat("label", 60)),
                RecordError.Malformed
            },
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Record_with_an_invalid_field_is_rejected(string what, Action<PeerRecord> change, RecordError error)
    {
        var record = _alice.Record(DirectoryId);
        change(record);

        Assert.True(error == ErrorOf(_alice.Sign(record)), what);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2001:db8::1")]
    [InlineData("peer.example")]
    public void Endpoint_host_must_be_an_address_or_a_name(string host)
    {
        var record = _alice.Record(DirectoryId);
        record.Devices[0].Endpoints[0].Host = host;

        Assert.Equal(host, _alice.Sign(record).Verify().Content.Devices[0].Endpoints[0].Host);
    }

    [Fact]
    public void CheckTime_accepts_only_current_records()
    {
        var now = DateTimeOffset.UtcNow;

        Assert.Null(TimeErrorOf(record => record.NotAfter = now.AddMinutes(-4).ToUnixTimeMilliseconds(), now));
        Assert.Equal(
            RecordError.Expired,
            TimeErrorOf(record => record.NotAfter = now.AddMinutes(-6).ToUnixTimeMilliseconds(), now)
        );
        Assert.Null(TimeErrorOf(record => record.NotAfter = now.AddDays(8).ToUnixTimeMilliseconds(), now));
        Assert.Equal(
            RecordError.ClockSkew,
            TimeErrorOf(record => record.NotAfter = now.AddDays(8).AddMinutes(6).ToUnixTimeMilliseconds(), now)
        );
        Assert.Equal(RecordError.ClockSkew, TimeErrorOf(record => record.NotAfter = long.MaxValue, now));
        Assert.Equal(RecordError.Expired, TimeErrorOf(record => record.NotAfter = long.MinValue, now));
        Assert.Null(TimeErrorOf(record => record.Sequence = (ulong)now.AddMinutes(4).ToUnixTimeMilliseconds(), now));
        Assert.Equal(
            RecordError.ClockSkew,
            TimeErrorOf(record => record.Sequence = (ulong)now.AddMinutes(6).ToUnixTimeMilliseconds(), now)
        );
        Assert.Equal(RecordError.ClockSkew, TimeErrorOf(record => record.Sequence = long.MaxValue, now));
    }

    private RecordError? TimeErrorOf(Action<PeerRecord> change, DateTimeOffset now)
    {
        var record = _alice.Record(DirectoryId);
        change(record);
        var verified = _alice.Sign(record).Verify();
        try
        {
            verified.CheckTime(now);
            return null;
        }
        catch (RecordException exception)
        {
            return exception.Error;
        }
    }

    private static RecordError ErrorOf(SignedRecord signed) =>
        Assert.Throws<RecordException>(() => signed.Verify()).Error;

    private static byte[] Changed(ReadOnlyMemory<byte> bytes, int at)
    {
        var changed = bytes.ToArray();
        changed[at] ^= 0x01;
        return changed;
    }
}
