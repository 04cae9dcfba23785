using P2PChat.Discovery.Http;
using P2PChat.Discovery.RateLimits;
using P2PChat.Protocol.Directory;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults;

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
    DirectoryMetrics metrics)
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
        var claimant = ClientAddress.Pseudonym(address, identity.Id);
        await SpendAsync(record, peerId, address, claimant, cancellation);

        var token = LeaseToken.Create(record.Username, out var written);
        var registration = new Registration(
            record.Username, peerId, (long)record.Content.Sequence, record.Content.Ephemeral, record.Content.Unlisted, claimant, record.Signed, token.Hash);
        var result = await store.RegisterAsync(registration, cancellation);
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
            new StoredPeer(record.Username.Value, peerId, Online: true, terms.LastSeen(result.LeaseExpiresAt), registration.Sequence, registration.Unlisted, record.Signed),
            token.Hash);

        var response = new RegistrationResponse(record.Username.Value, peerId, written, result.LeaseExpiresAt, terms.RenewAfterSeconds());
        return created
            ? new JsonAnswer<RegistrationResponse>(response, DirectoryJson.Default.RegistrationResponse, StatusCodes.Status201Created) { Location = $"/peers/{record.Username}" }
            : new JsonAnswer<RegistrationResponse>(response, DirectoryJson.Default.RegistrationResponse);
    }

    // An owner who comes back is counted apart from one who claims yet another name.
    private async Task SpendAsync(VerifiedRecord record, string peerId, string address, string claimant, CancellationToken cancellation)
    {
        if (await store.FindAsync(record.Username, withRecord: false, cancellation) is { } known)
        {
            if (known.PeerId != peerId)
                throw new ProblemException(Problems.NameTaken());
            // Anybody may have sent a record that was seen before; its owner's budget does not pay for that.
            if ((long)record.Content.Sequence <= known.Sequence)
                throw new ProblemException(Problems.StaleSequence(known.Sequence));
            budgets.SpendOnIdentity(peerId);
            budgets.SpendOnReturn(address);
            return;
        }

        budgets.SpendOnIdentity(peerId);
        budgets.SpendOnNewName(address);
        await claims.CheckAsync(claimant, cancellation);
    }
}
