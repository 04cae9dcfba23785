using Google.Protobuf;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Creates this peer's records, and tracks whether the registered one is outdated. Not thread-safe.</summary>
internal sealed class OwnRecord(
    PeerIdentity identity,
    Contacts contacts,
    PrekeyRing prekeys,
    LocalCandidates candidates,
    PeerOptions options,
    DirectoryTime directoryTime,
    TimeProvider timeProvider
)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan SignAgainBefore = TimeSpan.FromHours(1);

    private readonly Username _name = Username.Parse(options.Username);
    private long _signedAt;
    private IReadOnlyList<Endpoint> _signed = [];
    private bool _signedTakesRequests;
    private volatile bool _takesRequests;

    /// <summary>
    /// Whether strangers may deposit requests while this peer is away. May be set on any thread; call <see
    /// cref="DirectoryRegistration.RegisterSoon"/> after a change.
    /// </summary>
    public bool TakesRequests
    {
        get => _takesRequests;
        set => _takesRequests = value;
    }

    /// <summary>Whether the registered record is wrong about this peer, or expires soon.</summary>
    public bool IsOutdated =>
        timeProvider.GetElapsedTime(_signedAt) >= Lifetime - SignAgainBefore
        || !_signed.SequenceEqual(candidates.Current)
        || _signedTakesRequests != _takesRequests;

    /// <summary>Whether a new prekey is due to be published.</summary>
    public bool IsPrekeyDue => !options.Ephemeral && prekeys.IsRotationDue;

    /// <summary>
    /// Whether the clocks of this machine and the directory differ so much that a record would be refused.
    /// </summary>
    public bool WouldBeRefused =>
        directoryTime.Now is { } now && (timeProvider.GetUtcNow() - now).Duration() > SignedRecord.ClockSkew;

    /// <summary>Creates an unsigned record with a new sequence.</summary>
    /// <param name="above">A value that the sequence must exceed.</param>
    public PeerRecord Create(Purpose purpose, byte[] directoryId, ulong above = 0)
    {
        var now = timeProvider.GetUtcNow();
        var device = new Device { PublicKey = ByteString.CopyFrom(identity.PublicKey()) };
        if (purpose == Purpose.Register)
        {
            device.Endpoints.AddRange(candidates.Current);
            // Ephemeral peers get no mail, because their mailbox ends with the lease.
            device.Prekey = options.Ephemeral ? null : prekeys.Current();
        }

        return new PeerRecord
        {
            Purpose = purpose,
            DirectoryId = ByteString.CopyFrom(directoryId),
            Username = _name.Value,
            Sequence = contacts.NextOwnSequence(now, above),
            NotAfter = (now + Lifetime).ToUnixTimeMilliseconds(),
            Devices = { device },
            Ephemeral = options.Ephemeral,
            TakesRequests = purpose == Purpose.Register && _takesRequests,
        };
    }

    /// <summary>Records that the directory has accepted a record.</summary>
    /// <param name="signedAt">A monotonic timestamp from before the record was created.</param>
    public void Accepted(PeerRecord record, long signedAt)
    {
        (_signedAt, _signed) = (signedAt, record.Devices[0].Endpoints);
        _signedTakesRequests = record.TakesRequests;
        // Use the signing time, which the directory has accepted. The clock may have jumped since.
        if (record.Devices[0].Prekey is { } prekey)
        {
            prekeys.Published(prekey.Id, DateTimeOffset.FromUnixTimeMilliseconds(record.NotAfter) - Lifetime);
        }
    }
}
