using P2PChat.Discovery.Http;
using P2PChat.Discovery.RateLimits;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary><c>PUT /peers/{username}</c>: claims the name or replaces its record, and begins a lease.</summary>
internal sealed class RegisterPeer(
    IPeerStore store,
    SignedRecordChecks checks,
    LeaseTerms terms,
    RegistrationBudgets budgets,
    ClaimLimits claims,
    DirectoryIdentity identity,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    TimeProvider time
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.register");
        try
        {
            var record = await checks.ReadAsync(context, username, Purpose.Register);
            var result = await RegisterAsync(record, ClientAddress.Of(context), context.RequestAborted);
            return result;
        }
        catch (Exception exception)
        {
            metrics.Registered(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    private async Task<IResult> RegisterAsync(VerifiedRecord record, string address, CancellationToken cancellation)
    {
        var peerId = record.PeerId.ToString();
        var token = LeaseToken.Create(record.Username, out var written);
        var registration = new Registration(
            record.Username,
            peerId,
            (long)record.Content.Sequence,
            record.Content.Ephemeral,
            record.Content.Unlisted,
            identity.ClaimantOf(address),
            record.Signed,
            token.Hash
        );
        var result = await TryAtOnceAsync(registration, address, cancellation)
            ?? await AskFirstAsync(registration, address, cancellation);
        switch (result.Outcome)
        {
            case RegisterOutcome.NameTaken:
                throw new ProblemException(Problems.NameTaken());
            case RegisterOutcome.StaleSequence:
                throw new ProblemException(Problems.StaleSequence(result.LastSequence));
        }

        var created = result.Outcome == RegisterOutcome.Created;
        metrics.Registered(created ? "created" : "replaced");
        lastKnown.Registered(
            new StoredPeer(
                record.Username.Value,
                peerId,
                Online: true,
                terms.LastSeen(result.LeaseExpiresAt),
                registration.Sequence,
                registration.Unlisted,
                record.Signed
            ),
            token.Hash
        );

        var response = new RegistrationResponse(
            record.Username.Value,
            peerId,
            written,
            result.LeaseExpiresAt,
            terms.RenewAfterSeconds()
        );
        return created
            ? new JsonAnswer<RegistrationResponse>(
                response,
                DirectoryJson.Default.RegistrationResponse,
                StatusCodes.Status201Created
            )
            {
                Location = $"/peers/{record.Username}",
            }
            : new JsonAnswer<RegistrationResponse>(response, DirectoryJson.Default.RegistrationResponse);
    }

    /// <summary>
    /// Registers by one call to the store. An owner who comes back is counted apart from one who claims yet another name, and
    /// which it is only the store knows: so it is guessed from memory, what it would cost is held, and the store writes only
    /// if the guess is right.
    /// </summary>
    /// <returns>Null where the store has to be asked first: it was guessed wrong, or there is not enough left for what was guessed.</returns>
    private async Task<RegisterResult?> TryAtOnceAsync(
        Registration registration,
        string address,
        CancellationToken cancellation
    )
    {
        var isNew = lastKnown.Find(registration.Username.Value)?.PeerId != registration.PeerId;
        if (!budgets.TryHold(registration.PeerId, address, isNew))
        {
            return null;
        }

        var isSpent = false;
        try
        {
            if (isNew && !await claims.HasRoomAsync(registration.Claimant, cancellation))
            {
                return null;
            }
            // Whoever asks may hang up, and it is written all the same: what it costs is known only when the store has answered.
            var result = await store.RegisterAsync(registration with { IsNew = isNew }, CancellationToken.None);
            isSpent = result.Outcome is RegisterOutcome.Created or RegisterOutcome.Replaced;
            return result.Outcome == RegisterOutcome.Otherwise ? null : result;
        }
        finally
        {
            budgets.Return(registration.PeerId, address, isNew, isSpent);
        }
    }

    private async Task<RegisterResult> AskFirstAsync(
        Registration registration,
        string address,
        CancellationToken cancellation
    )
    {
        if (await store.FindAsync(registration.Username, withRecord: false, cancellation) is { } known)
        {
            if (known.PeerId != registration.PeerId)
            {
                return new RegisterResult(RegisterOutcome.NameTaken);
            }
            // Anybody may have sent a record that was seen before; its owner's budget does not pay for that.
            if (
                registration.Sequence <= known.Sequence
                && SignedRecord.IsBinding((ulong)known.Sequence, time.GetUtcNow())
            )
            {
                return new RegisterResult(RegisterOutcome.StaleSequence, LastSequence: known.Sequence);
            }

            budgets.SpendOnIdentity(registration.PeerId);
            budgets.SpendOnReturn(address);
        }
        else
        {
            budgets.SpendOnIdentity(registration.PeerId);
            budgets.SpendOnNewName(address);
            await claims.CheckAsync(registration.Claimant, cancellation);
        }

        return await store.RegisterAsync(registration, cancellation);
    }
}
