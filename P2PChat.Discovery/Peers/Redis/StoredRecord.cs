using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers.Redis;

/// <summary>A signed record as it lies in Redis: the record, then signature and key, whose lengths are fixed.</summary>
internal static class StoredRecord
{
    public static byte[] Pack(SignedRecord signed) =>
        [.. signed.Record.Span, .. signed.Signature.Span, .. signed.PublicKey.Span];

    /// <exception cref="StoreUnavailableException">There are too few bytes for a record.</exception>
    public static SignedRecord Unpack(ReadOnlyMemory<byte> bytes)
    {
        var signature = bytes.Length - IdentityKey.SignatureSize - IdentityKey.PublicKeySize;
        if (signature < 0)
        {
            throw ScriptReply.Unreadable();
        }

        return new SignedRecord(
            bytes[..signature],
            bytes.Slice(signature, IdentityKey.SignatureSize),
            bytes[(signature + IdentityKey.SignatureSize)..]
        );
    }
}
