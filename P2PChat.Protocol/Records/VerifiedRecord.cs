using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Records;

/// <summary>A record whose signature and form have been checked.</summary>
public sealed record VerifiedRecord
{
    internal VerifiedRecord(SignedRecord signed, PeerRecord content, Username username)
    {
        Signed = signed;
        Content = content;
        Username = username;
        PeerId = PeerId.FromPublicKey(signed.PublicKey.Span);
    }

    /// <summary>The bytes as they came.</summary>
    public SignedRecord Signed { get; }

    public PeerRecord Content { get; }

    public Username Username { get; }

    /// <summary>Who signed it.</summary>
    public PeerId PeerId { get; }

    /// <summary>
    /// What mail for the peer is encrypted to; null where it takes none, or has been away for too long. Unlike its addresses
    /// a prekey outlives the record by <see cref="SignedRecord.PrekeyGrace"/>. A prekey in a record from the future is ignored,
    /// because no newer record would replace it.
    /// </summary>
    public Prekey? PrekeyAt(DateTimeOffset now) =>
        SignedRecord.IsBinding(Content.Sequence, now)
        && Content.NotAfter >= (now - SignedRecord.PrekeyGrace).ToUnixTimeMilliseconds()
            ? Content.Devices[0].Prekey
            : null;

    /// <summary>Whether the record holds now.</summary>
    /// <exception cref="RecordException">It has expired, or the signer's clock differs by more than the skew allows.</exception>
    public void CheckTime(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        var skew = (long)SignedRecord.ClockSkew.TotalMilliseconds;
        if (Content.NotAfter < milliseconds - skew)
        {
            throw new RecordException(
                RecordError.Expired,
                "The record has expired: sign a new one, and check this machine's clock."
            );
        }

        if (Content.NotAfter > milliseconds + skew + (long)SignedRecord.MaxLifetime.TotalMilliseconds)
        {
            throw new RecordException(
                RecordError.ClockSkew,
                $"The record may not hold for more than {SignedRecord.MaxLifetime.TotalDays} days: check the signer's clock."
            );
        }

        if (!SignedRecord.IsBinding(Content.Sequence, now))
        {
            throw new RecordException(
                RecordError.ClockSkew,
                "The record's sequence is in the future: check the signer's clock."
            );
        }
    }
}
