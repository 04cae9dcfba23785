using P2PChat.Discovery.Access;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Limits;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Registration;

/// <summary><c>PUT /peers/{username}</c>: claims a name or replaces its record, and starts a lease.</summary>
internal sealed class RegisterPeer(
    IPeerStore store,
    SignedRecordValidator validator,
    LeaseTerms terms,
    RegistrationBudgets budgets,
    ClaimLimits claims,
    DirectoryIdentity identity,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    TimeProvider timeProvider
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.register");
        try
        {
            var record = await validator.ReadAsync(context, username, Purpose.Register);
            return await RegisterAsync(context, record);
        }
        catch (Exception exception)
        {
            metrics.Registered(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    private async Task<IResult> RegisterAsync(HttpContext context, VerifiedRecord record)
    {
        var (address, cancellationToken) = (ClientAddress.Of(context), context.RequestAborted);
        var observed = ClientAddress.Observed(context);
        var token = LeaseToken.Create(record.Username, out var written);
        var registration = new PeerRegistration(
            record.Username,
            record.PeerId.ToString(),
            (long)record.Content.Sequence,
            record.Content.Ephemeral,
            record.Content.Unlisted,
            identity.ClaimantOf(address),
            record.Signed,
            token.Hash,
            record.TakesRequests,
            PublishedAddress.Of(observed, record.Content.Devices[0].Endpoints)
        );
        await SpendAsync(registration, address, cancellationToken);
        var result = await store.RegisterAsync(registration, cancellationToken);
        switch (result.Outcome)
        {
            case RegisterOutcome.NameTaken:
                throw new ProblemException(Problems.NameTaken());
            case RegisterOutcome.StaleSequence:
                throw new ProblemException(Problems.StaleSequence(result.LastSequence));
        }

        var created = result.Outcome == RegisterOutcome.Created;
        await CompleteAccessAsync(context, registration, created);
        metrics.Registered(created ? "created" : "replaced");
        lastKnown.Registered(
            new StoredPeer(
                record.Username.Value,
                registration.PeerId,
                Online: true,
                terms.LastSeen(result.LeaseExpiresAt),
                registration.Sequence,
                registration.Unlisted,
                record.Signed,
                registration.ObservedAddress
            ),
            token.Hash
        );

        var response = new RegistrationResponse(
            record.Username.Value,
            registration.PeerId,
            written,
            result.LeaseExpiresAt,
            terms.RenewAfterSeconds(),
            observed
        );
        return new BufferedJsonResult<RegistrationResponse>(
            response,
            DirectoryJson.Default.RegistrationResponse,
            created ? StatusCodes.Status201Created : StatusCodes.Status200OK
        )
        {
            Location = created ? $"/peers/{record.Username}" : null,
        };
    }

    // Before the response: a newcomer that is told of its lease must already be a member.
    private async Task CompleteAccessAsync(HttpContext context, PeerRegistration registration, bool created)
    {
        if (context.Features.Get<SignerAccess>() is not { } signer || await signer.CompleteAsync(registration.Username))
        {
            return;
        }

        await store.UnregisterAsync(
            registration.Username,
            registration.PeerId,
            registration.Sequence + 1,
            release: created,
            CancellationToken.None
        );
        throw new ProblemException(Problems.JoinTokenRequired());
    }

    /// <summary>
    /// Charges the registration to its budgets. Anyone can replay a record, so one that the store would refuse costs
    /// its owner nothing.
    /// </summary>
    /// <exception cref="ProblemException">The name is taken, the record is stale, or a limit is reached.</exception>
    private async Task SpendAsync(PeerRegistration registration, string address, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(registration.Username, withRecord: false, cancellationToken) is not { } known)
        {
            budgets.SpendOnIdentity(registration.PeerId);
            budgets.SpendOnNewName(address);
            await claims.CheckAsync(registration.Claimant, cancellationToken);
            return;
        }

        if (known.PeerId != registration.PeerId)
        {
            throw new ProblemException(Problems.NameTaken());
        }

        if (
            registration.Sequence <= known.Sequence
            && SignedRecord.IsBinding((ulong)known.Sequence, timeProvider.GetUtcNow())
        )
        {
            throw new ProblemException(Problems.StaleSequence(known.Sequence));
        }

        budgets.SpendOnIdentity(registration.PeerId);
        budgets.SpendOnReturn(address);
    }
}
