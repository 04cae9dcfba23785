using System.Diagnostics;
using System.Net;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>A peer that was looked up. Its endpoints and prekey are from its own signed record.</summary>
/// <param name="Ephemeral">Whether its key lives only as long as its process.</param>
/// <param name="Endpoints">The endpoints where it listens; empty if it is offline.</param>
/// <param name="Prekey">The key for mail to it; null if it takes none, or its record is too old.</param>
/// <param name="TakesRequests">Whether it takes requests from strangers while it is away.</param>
internal sealed record FoundPeer(
    Username Name,
    PeerId PeerId,
    bool Online,
    bool Ephemeral,
    IReadOnlyList<Endpoint> Endpoints,
    Prekey? Prekey = null,
    bool TakesRequests = false
)
{
    /// <summary>
    /// The endpoints of an offline peer's last record, which it signed within the last 24 hours; empty if it is online
    /// or the record is older.
    /// </summary>
    public IReadOnlyList<Endpoint> LastEndpoints { get; init; } = [];

    /// <summary>
    /// The address from which the directory says that it saw the registration; null if it does not say, or the peer is
    /// offline.
    /// </summary>
    public IPAddress? ObservedAddress { get; init; }
}

/// <summary>Looks peers up, and trusts the directory only as far as the peers' own signatures confirm.</summary>
internal sealed class PeerLookup(
    DirectoryHttpClient directory,
    DirectoryRegistration registration,
    Contacts contacts,
    TimeProvider timeProvider
)
{
    // Long enough for a peer or a directory that has just started.
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(10);

    private readonly VerifiedRecords _verified = new();

    /// <exception cref="PeerException">
    /// There is no such peer, the directory cannot be reached, or its answer cannot be trusted.
    /// </exception>
    public async Task<FoundPeer> FindAsync(Username name, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.lookup");
        try
        {
            var found = await LookUpAsync(name, cancellationToken);
            span?.SetTag("p2pchat.peer.online", found.Online);
            return found;
        }
        catch (PeerException exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Error));
            throw;
        }
    }

    private async Task<FoundPeer> LookUpAsync(Username name, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var token = await registration.WaitForTokenAsync(RegistrationTimeout, timeProvider, cancellationToken);
                if (token is null)
                {
                    throw DirectoryException.ToPeerException(
                        registration.Refusal,
                        registration.Detail
                            ?? "This peer is not registered with its directory yet. Try again in a moment."
                    );
                }

                var details = await TryFindAsync(name, token, cancellationToken);

                // Registered peers get the record, so the directory has lost this lease. Register again.
                if (details is null or { Online: true, Signed: null } && attempt == 0)
                {
                    registration.Invalidate(token);
                    continue;
                }

                return details is null
                    ? throw new PeerException(
                        PeerError.DirectoryUnavailable,
                        "The directory no longer knows this peer's lease. Try again in a moment."
                    )
                    : Validate(name, details);
            }
        }
        catch (DirectoryException exception)
        {
            throw exception.Failure switch
            {
                DirectoryFailure.UnknownPeer => new PeerException(
                    PeerError.UnknownPeer,
                    $"There is no peer named {name}. Check the spelling."
                ),
                _ => exception.ToPeerException(),
            };
        }
    }

    private async Task<PeerDetails?> TryFindAsync(Username name, string token, CancellationToken cancellationToken)
    {
        try
        {
            return await directory.FindAsync(name, token, cancellationToken);
        }
        catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.LeaseGone)
        {
            return null;
        }
    }

    private FoundPeer Validate(Username name, PeerDetails details)
    {
        if (details.Username != name.Value || !PeerId.TryParse(details.PeerId, out var peerId))
        {
            throw NotTrusted("it is about a different peer");
        }

        if (contacts.Check(name, peerId) == PinCheck.Changed)
        {
            throw new PeerException(PeerError.KeyChanged, KeyWarning.For(name, peerId)) { OtherKey = peerId };
        }

        // An ephemeral claim ends with its lease, so an offline peer has a lasting key.
        if (!details.Online)
        {
            var last = LastRecord(name, peerId, details.Signed);
            return new FoundPeer(
                name,
                peerId,
                Online: false,
                Ephemeral: false,
                [],
                last?.PrekeyAt(timeProvider.GetUtcNow()),
                last?.TakesRequests ?? false
            )
            {
                LastEndpoints = last is not null && IsCurrent(last) ? last.Content.Devices[0].Endpoints : [],
            };
        }

        if (details.Signed is null)
        {
            throw new PeerException(
                PeerError.DirectoryUnavailable,
                $"The directory did not send the address of {name}. Try again in a moment."
            );
        }

        var record = Verify(name, peerId, details.Signed);
        CheckTime(record);
        NoteSequence(name, record);
        return new FoundPeer(
            name,
            peerId,
            Online: true,
            record.Content.Ephemeral,
            record.Content.Devices[0].Endpoints,
            record.PrekeyAt(timeProvider.GetUtcNow()),
            record.TakesRequests
        )
        {
            ObservedAddress = ObservedAddresses.Parse(details.ObservedAddress),
        };
    }

    private VerifiedRecord Verify(Username name, PeerId peerId, SignedRecordBody signed)
    {
        VerifiedRecord record;
        try
        {
            record = _verified.Verify(
                new SignedRecord(
                    Convert.FromBase64String(signed.Record),
                    Convert.FromBase64String(signed.Signature),
                    Convert.FromBase64String(signed.PublicKey)
                )
            );
        }
        catch (Exception exception) when (exception is FormatException or RecordException)
        {
            throw NotTrusted("the record is not valid");
        }

        if (record.Username != name || record.PeerId != peerId || record.Content.Purpose != Purpose.Register)
        {
            throw NotTrusted("the record belongs to a different peer");
        }

        if (registration.DirectoryId is not { } id || !record.Content.DirectoryId.Span.SequenceEqual(id))
        {
            throw NotTrusted("the record is for a different directory");
        }

        return record;
    }

    // The time of the record is not checked, because an offline peer cannot sign a newer one.
    private VerifiedRecord? LastRecord(Username name, PeerId peerId, SignedRecordBody? signed)
    {
        if (signed is null)
        {
            return null;
        }

        var record = Verify(name, peerId, signed);
        NoteSequence(name, record);
        return record;
    }

    private bool IsCurrent(VerifiedRecord record)
    {
        try
        {
            record.CheckTime(timeProvider.GetUtcNow());
            return true;
        }
        catch (RecordException)
        {
            return false;
        }
    }

    private void CheckTime(VerifiedRecord record)
    {
        try
        {
            record.CheckTime(timeProvider.GetUtcNow());
        }
        catch (RecordException exception)
        {
            throw NotTrusted(
                exception.Error == RecordError.Expired
                    ? "the record has expired, or this machine's clock is wrong"
                    : "the record is from the future, or this machine's clock is wrong"
            );
        }
    }

    private void NoteSequence(Username name, VerifiedRecord record)
    {
        if (!contacts.NoteSequence(name, record.Content.Sequence, timeProvider.GetUtcNow()))
        {
            throw NotTrusted("the record is older than one that this peer has seen");
        }
    }

    private static PeerException NotTrusted(string reason) =>
        new(
            PeerError.DirectoryNotTrusted,
            $"The directory's answer cannot be trusted: {reason}. "
                + "Try again. If the problem persists, tell the directory's operator."
        );
}
