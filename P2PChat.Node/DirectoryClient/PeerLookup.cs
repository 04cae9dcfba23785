using System.Globalization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>A peer as the directory knows it, and as its own record says.</summary>
/// <param name="Endpoints">Where it says that it listens; none if it is offline.</param>
/// <param name="Prekey">What mail for it is encrypted to; null where it takes none, or its record is too old.</param>
/// <param name="Ephemeral">Whether its key lives no longer than its process.</param>
internal sealed record FoundPeer(
    Username Name,
    PeerId PeerId,
    bool Online,
    bool Ephemeral,
    IReadOnlyList<Endpoint> Endpoints,
    Prekey? Prekey = null
);

/// <summary>Looks peers up, and believes the directory only what their own signatures bear out.</summary>
internal sealed class PeerLookup(
    DirectoryHttpClient directory,
    DirectoryRegistration registration,
    Contacts contacts,
    TimeProvider clock
)
{
    // A peer that has just started, or whose directory has, is registered within that time.
    private static readonly TimeSpan WaitForRegistration = TimeSpan.FromSeconds(10);

    private readonly VerifiedRecords _verified = new();

    /// <exception cref="PeerException">There is no such peer, or the answer cannot be had or trusted.</exception>
    public async Task<FoundPeer> FindAsync(Username name, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.lookup");
        try
        {
            var found = await AskAsync(name, cancellationToken);
            span?.SetTag("p2pchat.peer.online", found.Online);
            return found;
        }
        catch (PeerException e)
        {
            span?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, Telemetry.Word(e.Error));
            throw;
        }
    }

    private async Task<FoundPeer> AskAsync(Username name, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var token = await registration.WaitForTokenAsync(WaitForRegistration, clock, cancellationToken);
                if (token is null)
                {
                    throw DirectoryException.ToPeerException(
                        registration.Refusal,
                        registration.Detail
                            ?? "This peer is not registered with its directory yet. Try again in a moment."
                    );
                }

                var details = await TryFindAsync(name, token, cancellationToken);

                // Who is registered gets the record: the directory has forgotten us, and the registrar will see to it.
                if (details is null or { Online: true, Signed: null } && attempt == 0)
                {
                    registration.Invalidate(token);
                    continue;
                }

                return details is null
                    ? throw new PeerException(
                        PeerError.DirectoryUnavailable,
                        "The directory does not know this peer's lease: try again in a moment."
                    )
                    : Judge(name, details);
            }
        }
        catch (DirectoryException e)
        {
            throw e.Failure switch
            {
                DirectoryFailure.UnknownPeer => new PeerException(
                    PeerError.UnknownPeer,
                    $"Nobody is called {name}: 'list' shows who is there."
                ),
                _ => e.ToPeerException(),
            };
        }
    }

    private async Task<PeerDetails?> TryFindAsync(Username name, string token, CancellationToken cancellationToken)
    {
        try
        {
            return await directory.FindAsync(name, token, cancellationToken);
        }
        catch (DirectoryException e) when (e.Failure == DirectoryFailure.LeaseGone)
        {
            return null;
        }
    }

    private FoundPeer Judge(Username name, PeerDetails details)
    {
        if (details.Username != name.Value || !PeerId.TryParse(details.PeerId, out var peerId))
        {
            throw NotTrusted("it answers about somebody else");
        }

        if (contacts.Check(name, peerId) == PinCheck.Changed)
        {
            throw new PeerException(PeerError.KeyChanged, KeyWarning.For(name, peerId)) { OtherKey = peerId };
        }

        // An ephemeral claim ends with its lease, so who is offline has a lasting key; and old records expire.
        if (!details.Online)
        {
            return new FoundPeer(
                name,
                peerId,
                Online: false,
                Ephemeral: false,
                [],
                PrekeyOf(name, peerId, details.Signed)
            );
        }

        if (details.Signed is null)
        {
            throw new PeerException(
                PeerError.DirectoryUnavailable,
                "The directory keeps the peer's address to itself: try again when this peer is registered."
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
            record.PrekeyAt(clock.GetUtcNow())
        );
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
        catch (Exception e) when (e is FormatException or RecordException)
        {
            throw NotTrusted("the record that it shows does not hold");
        }

        if (record.Username != name || record.PeerId != peerId || record.Content.Purpose != Purpose.Register)
        {
            throw NotTrusted("the record that it shows is not that peer's");
        }

        if (registration.DirectoryId is not { } id || !record.Content.DirectoryId.Span.SequenceEqual(id))
        {
            throw NotTrusted("the record that it shows is for another directory");
        }

        return record;
    }

    // Who is away cannot sign a newer record: of an old one only the prekey is of use.
    private Prekey? PrekeyOf(Username name, PeerId peerId, SignedRecordBody? signed)
    {
        if (signed is null)
        {
            return null;
        }

        var record = Verify(name, peerId, signed);
        NoteSequence(name, record);
        return record.PrekeyAt(clock.GetUtcNow());
    }

    private void CheckTime(VerifiedRecord record)
    {
        try
        {
            record.CheckTime(clock.GetUtcNow());
        }
        catch (RecordException e)
        {
            throw NotTrusted(
                e.Error == RecordError.Expired
                    ? "the record that it shows has expired, or this machine's clock is wrong"
                    : "the record that it shows is ahead of the time, or this machine's clock is wrong"
            );
        }
    }

    private void NoteSequence(Username name, VerifiedRecord record)
    {
        if (!contacts.NoteSequence(name, record.Content.Sequence, clock.GetUtcNow()))
        {
            throw NotTrusted("the record that it shows is older than one that this peer has seen");
        }
    }

    private static PeerException NotTrusted(string why) =>
        new(
            PeerError.DirectoryNotTrusted,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The directory's answer is not to be trusted: {why}. Try again, and tell who runs the directory if it stays so."
            )
        );
}
