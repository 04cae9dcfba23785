using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Records;

/// <summary>A record with a valid signature and form.</summary>
public sealed record VerifiedRecord
{
    internal VerifiedRecord(SignedRecord signed, PeerRecord content, Username username)
    {
        Signed = signed;
        Content = content;
        Username = username;
        PeerId = PeerId.FromPublicKey(signed.PublicKey.Span);
    }

    /// <summary>The record as it was received.</summary>
    public SignedRecord Signed { get; }

    public PeerRecord Content { get; }

    public Username Username { get; }

    /// <summary>The signer.</summary>
    public PeerId PeerId { get; }

    /// <summary>
    /// The key to encrypt mail to; null if the peer accepts no mail or has been away for too long. Valid for
    /// <see cref="SignedRecord.PrekeyGrace"/> longer than the record. Ignored in a record from the future, because no
    /// newer record would replace it.
    /// </summary>
    public Prekey? PrekeyAt(DateTimeOffset now) =>
        SignedRecord.IsBinding(Content.Sequence, now)
        && Content.NotAfter >= (now - SignedRecord.PrekeyGrace).ToUnixTimeMilliseconds()
            ? Content.Devices[0].Prekey
            : null;

    /// <summary>
    /// Whether the peer takes requests while it is away, which are encrypted to its prekey. Without a prekey it takes
    /// none.
    /// </summary>
    public bool TakesRequests => Content.TakesRequests && Content.Devices[0].Prekey is not null;

    /// <summary>Checks that the record is valid now.</summary>
    /// <exception cref="RecordException">The record has expired, or the signer's clock is too far off.</exception>
    public void CheckTime(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        var skew = (long)SignedRecord.ClockSkew.TotalMilliseconds;
        if (Content.NotAfter < milliseconds - skew)
        {
            throw new RecordException(
                RecordError.Expired,
                "The record has expired. Check this machine's clock and sign a new record."
            );
        }

        if (Content.NotAfter > milliseconds + skew + (long)SignedRecord.MaxLifetime.TotalMilliseconds)
        {
            throw new RecordException(
                RecordError.ClockSkew,
                $"A record is valid for at most {SignedRecord.MaxLifetime.TotalDays} days. Check the signer's clock."
            );
        }

        if (!SignedRecord.IsBinding(Content.Sequence, now))
        {
            throw new RecordException(
                RecordError.ClockSkew,
                "The record's sequence is in the future. Check the signer's clock."
            );
        }
    }
}
