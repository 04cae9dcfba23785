using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery;

/// <summary>
/// A key and a name that sign records as a peer does: valid by default, invalid if a test changes them.
/// </summary>
public sealed class TestIdentity : IDisposable
{
    private long _sequence;

    public TestIdentity(string? username = null)
    {
        Username = username ?? UniqueName();
        PublicKey = Key.ExportSubjectPublicKeyInfo();
        PeerId = PeerId.FromPublicKey(PublicKey);
    }

    public string Username { get; }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] PublicKey { get; }

    public PeerId PeerId { get; }

    /// <summary>Returns a name that no other test uses.</summary>
    public static string UniqueName(string prefix = "peer") =>
        $"{prefix}-{Guid.NewGuid():N}"[..Math.Min(32, prefix.Length + 17)];

    /// <summary>
    /// Creates a record with one loopback endpoint that is valid for an hour. Each has a higher sequence than the last.
    /// </summary>
    public PeerRecord Record(string directoryId, Purpose purpose = Purpose.Register)
    {
        var now = DateTimeOffset.UtcNow;
        _sequence = Math.Max(_sequence + 1, now.ToUnixTimeMilliseconds());
        return new PeerRecord
        {
            Purpose = purpose,
            DirectoryId = ByteString.CopyFrom(Convert.FromHexString(directoryId)),
            Username = Username,
            Sequence = (ulong)_sequence,
            NotAfter = now.AddHours(1).ToUnixTimeMilliseconds(),
            Devices =
            {
                new Device
                {
                    PublicKey = ByteString.CopyFrom(PublicKey),
                    Endpoints =
                    {
                        new Endpoint
                        {
                            Transport = Transport.Tcp,
                            Host = "127.0.0.1",
                            Port = 8001,
                        },
                    },
                },
            },
        };
    }

    public SignedRecord Sign(PeerRecord record) => SignedRecord.Sign(record, Key);

    /// <summary>Signs a registration, after applying a change.</summary>
    public SignedRecordBody Register(string directoryId, Action<PeerRecord>? change = null) =>
        Body(directoryId, Purpose.Register, change);

    /// <summary>Signs a leave, after applying a change.</summary>
    public SignedRecordBody Leave(string directoryId, Action<PeerRecord>? change = null) =>
        Body(directoryId, Purpose.Leave, change);

    public static SignedRecordBody Body(SignedRecord signed) =>
        new(
            Convert.ToBase64String(signed.Record.Span),
            Convert.ToBase64String(signed.Signature.Span),
            Convert.ToBase64String(signed.PublicKey.Span)
        );

    public void Dispose() => Key.Dispose();

    private SignedRecordBody Body(string directoryId, Purpose purpose, Action<PeerRecord>? change)
    {
        var record = Record(directoryId, purpose);
        change?.Invoke(record);
        return Body(Sign(record));
    }
}
