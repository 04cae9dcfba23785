using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Caches the last verified record of each signer. A peer keeps its record until it registers again, and is looked up
/// for each link and each message by mail, so the same bytes are verified only once. Thread-safe.
/// </summary>
internal sealed class VerifiedRecords
{
    /// <summary>Limit on records, some megabytes at the largest size. The cache is cleared when it is full.</summary>
    public const int Capacity = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, VerifiedRecord> _records = [];

    /// <inheritdoc cref="SignedRecord.Verify"/>
    public VerifiedRecord Verify(SignedRecord signed)
    {
        var signer = PeerId.FromPublicKey(signed.PublicKey.Span);
        lock (_gate)
        {
            if (_records.TryGetValue(signer, out var known) && IsSame(known.Signed, signed))
            {
                return known;
            }
        }

        var verified = signed.Verify();
        lock (_gate)
        {
            if (_records.Count >= Capacity && !_records.ContainsKey(signer))
            {
                _records.Clear();
            }

            _records[signer] = verified;
        }

        return verified;
    }

    private static bool IsSame(SignedRecord known, SignedRecord signed) =>
        known.Record.Span.SequenceEqual(signed.Record.Span)
        && known.Signature.Span.SequenceEqual(signed.Signature.Span)
        && known.PublicKey.Span.SequenceEqual(signed.PublicKey.Span);
}
