using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// The format of a signed record in Redis: the record, then its signature and public key, both of fixed length.
/// </summary>
internal static class StoredRecord
{
    public static byte[] Pack(SignedRecord signed) =>
        [.. signed.Record.Span, .. signed.Signature.Span, .. signed.PublicKey.Span];

    /// <exception cref="StoreUnavailableException">The bytes are too short for a record.</exception>
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
