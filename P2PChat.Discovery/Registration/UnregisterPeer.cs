using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Limits;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Registration;

/// <summary><c>DELETE /peers/{username}</c>: ends the lease, and with <c>?release=true</c> the claim too.</summary>
internal sealed class UnregisterPeer(
    IPeerStore store,
    SignedRecordValidator validator,
    RegistrationBudgets budgets,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    TimeProvider timeProvider
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username, bool release = false)
    {
        using var span = Telemetry.Source.StartActivity("directory.leave");
        try
        {
            var record = await validator.ReadAsync(context, username, Purpose.Leave);
            // The query is not signed, so it must equal what the owner signed.
            if (record.Content.Release != release)
            {
                throw new ProblemException(
                    Problems.InvalidRecord("The query's release differs from the signed record's. Sign the same value.")
                );
            }

            await SpendAsync(record, context.RequestAborted);
            return await UnregisterAsync(record, context.RequestAborted);
        }
        catch (Exception exception)
        {
            metrics.Unregistered(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    // As in RegisterPeer, a record that is replayed or not the owner's costs the owner nothing.
    private async Task SpendAsync(VerifiedRecord record, CancellationToken cancellationToken)
    {
        var known = await store.FindAsync(record.Username, withRecord: false, cancellationToken);
        var peerId = record.PeerId.ToString();
        if (
            known?.PeerId == peerId
            && (
                (long)record.Content.Sequence > known.Sequence
                || !SignedRecord.IsBinding((ulong)known.Sequence, timeProvider.GetUtcNow())
            )
        )
        {
            budgets.SpendOnIdentity(peerId);
        }
    }

    private async Task<IResult> UnregisterAsync(VerifiedRecord record, CancellationToken cancellationToken)
    {
        var result = await store.UnregisterAsync(
            record.Username,
            record.PeerId.ToString(),
            (long)record.Content.Sequence,
            record.Content.Release,
            cancellationToken
        );
        switch (result.Outcome)
        {
            case UnregisterOutcome.UnknownPeer:
                throw new ProblemException(Problems.UnknownPeer());
            case UnregisterOutcome.NameTaken:
                throw new ProblemException(Problems.NameTaken());
            case UnregisterOutcome.StaleSequence:
                throw new ProblemException(Problems.StaleSequence(result.LastSequence));
            case UnregisterOutcome.Released:
                lastKnown.Forget(record.Username.Value);
                metrics.Unregistered("released");
                break;
            case UnregisterOutcome.LeaseEnded:
                metrics.Unregistered("left");
                break;
        }

        return TypedResults.NoContent();
    }
}
