using System.Security.Cryptography;
using P2PChat.Protocol.Records;

namespace P2PChat.Bench.Load;

/// <summary>A key that signs records.</summary>
internal sealed class BenchKey(ECDsa key) : IDisposable
{
    private long _sequence;

    public BenchKey()
        : this(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { }

    public byte[] PublicKey { get; } = key.ExportSubjectPublicKeyInfo();

    public SignedRecord Sign(PeerRecord record) => SignedRecord.Sign(record, key);

    /// <summary>A sequence number above all earlier ones and close to the current time.</summary>
    public ulong NextSequence() =>
        (ulong)(_sequence = Math.Max(_sequence + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));

    public void Dispose() => key.Dispose();
}
