using Google.Protobuf;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Protocol.Records;

/// <summary>Prekeys in records.</summary>
public sealed class RecordPrekeyTests : IDisposable
{
    private static readonly string DirectoryId = new('a', 32);

    private readonly TestIdentity _alice = new("alice");
    private readonly EnvelopeMaker _keys = new();

    public void Dispose()
    {
        _alice.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public void Prekey_is_optional()
    {
        var now = DateTimeOffset.UtcNow;
        Assert.Equal(_keys.Prekey, Verify(_ => { }).PrekeyAt(now));
        Assert.Null(Verify(record => record.Devices[0].Prekey = null).PrekeyAt(now));
    }

    [Fact]
    public void Prekey_outlives_its_record_by_30_days()
    {
        var verified = Verify(_ => { });
        var ends = DateTimeOffset.FromUnixTimeMilliseconds(verified.Content.NotAfter);

        Assert.Equal(
            RecordError.Expired,
            Assert.Throws<RecordException>(() => verified.CheckTime(ends.AddDays(30))).Error
        );
        Assert.NotNull(verified.PrekeyAt(ends.AddDays(30)));
        Assert.Null(verified.PrekeyAt(ends.AddDays(30).AddMilliseconds(1)));
    }

    [Fact]
    public void Prekey_of_a_record_in_the_future_is_ignored()
    {
        var verified = Verify(_ => { });
        var signed = DateTimeOffset.FromUnixTimeMilliseconds((long)verified.Content.Sequence);

        Assert.NotNull(verified.PrekeyAt(signed.AddMinutes(-5)));
        Assert.Null(verified.PrekeyAt(signed.AddMinutes(-5).AddMilliseconds(-1)));
    }

    [Fact]
    public void Invalid_prekey_is_rejected()
    {
        var point = _keys.Prekey.PublicKey.ToByteArray();
        byte[] elsewhere = [.. point[..^1], (byte)(point[^1] ^ 1)];
        foreach (
            var change in new Action<Prekey>[]
            {
                prekey => prekey.Id = 0,
                prekey => prekey.Id = ulong.MaxValue,
                prekey => prekey.Created = 0,
                prekey => prekey.Created = long.MaxValue,
                prekey => prekey.PublicKey = ByteString.Empty,
                prekey => prekey.PublicKey = ByteString.CopyFrom(elsewhere),
                prekey => prekey.PublicKey = ByteString.CopyFrom(point[1..]),
                prekey => prekey.PublicKey = ByteString.CopyFrom([2, .. point[1..33]]),
            }
        )
        {
            var refused = Assert.Throws<RecordException>(() => Verify(record => change(record.Devices[0].Prekey)));
            Assert.Equal(RecordError.Malformed, refused.Error);
        }
    }

    [Fact]
    public void Seal_rejects_a_prekey_off_the_curve()
    {
        var prekey = _keys.Prekey;
        prekey.PublicKey = ByteString.CopyFrom([4, .. new byte[64]]);
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() =>
            Envelope.Seal([EnvelopeMaker.Message("x")], _alice.Key, _keys.PeerId, prekey)
        );
    }

    private VerifiedRecord Verify(Action<PeerRecord> change)
    {
        var record = _alice.Record(DirectoryId);
        record.Devices[0].Prekey = _keys.Prekey;
        change(record);
        return _alice.Sign(record).Verify();
    }
}
