using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class VerifiedRecordsTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly VerifiedRecords _records = new();

    [Fact]
    public void Same_bytes_are_verified_once()
    {
        var record = Sign(1);
        var first = _records.Verify(record);
        Assert.Same(first, _records.Verify(Copy(record)));
    }

    [Fact]
    public void Record_with_a_wrong_signature_or_content_is_refused()
    {
        var record = Sign(1);
        _ = _records.Verify(record);
        AssertRefused(record with { Signature = Sign(2).Signature });
        AssertRefused(record with { Record = Sign(2).Record });
    }

    [Fact]
    public void Refused_record_is_refused_again()
    {
        var forged = Sign(1) with { Signature = Sign(2).Signature };
        AssertRefused(forged);
        AssertRefused(forged);
    }

    [Fact]
    public void Newer_record_replaces_the_older_one_of_its_signer()
    {
        _ = _records.Verify(Sign(1));
        var newer = Sign(2);
        var verified = _records.Verify(newer);
        Assert.Equal(2ul, verified.Content.Sequence);
        Assert.Same(verified, _records.Verify(Copy(newer)));
    }

    [Fact]
    public void Cache_is_cleared_when_it_exceeds_its_capacity()
    {
        var first = Sign(1);
        var verified = _records.Verify(first);
        for (var i = 0; i < VerifiedRecords.Capacity; i++)
        {
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            _ = _records.Verify(Sign(1, other));
        }

        Assert.NotSame(verified, _records.Verify(first));
    }

    public void Dispose() => _key.Dispose();

    private void AssertRefused(SignedRecord record) =>
        Assert.Equal(RecordError.BadSignature, Assert.Throws<RecordException>(() => _records.Verify(record)).Error);

    private static SignedRecord Copy(SignedRecord record) =>
        new(record.Record.ToArray(), record.Signature.ToArray(), record.PublicKey.ToArray());

    private SignedRecord Sign(ulong sequence, ECDsa? key = null) =>
        SignedRecord.Sign(
            new PeerRecord
            {
                Purpose = Purpose.Register,
                DirectoryId = ByteString.CopyFrom(new byte[SignedRecord.DirectoryIdSize]),
                Username = "bob",
                Sequence = sequence,
                NotAfter = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds(),
                Devices =
                {
                    new Device { PublicKey = ByteString.CopyFrom((key ?? _key).ExportSubjectPublicKeyInfo()) },
                },
            },
            key ?? _key
        );
}
