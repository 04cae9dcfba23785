using P2PChat.Discovery.Http;
using P2PChat.Discovery.RateLimits;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary><c>DELETE /peers/{username}</c>: ends the lease, with <c>?release=true</c> the claim too.</summary>
internal sealed class LeavePeer(
    IPeerStore store,
    SignedRecordChecks checks,
    RegistrationBudgets budgets,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    TimeProvider time
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username, bool release = false)
    {
        using var span = Telemetry.Source.StartActivity("directory.leave");
        try
        {
            var record = await checks.ReadAsync(context, username, Purpose.Leave);
            // The query is not signed; what it says must be what the owner signed.
            if (record.Content.Release != release)
            {
                throw new ProblemException(
                    Problems.InvalidRecord(
                        "The query's release and the signed record's differ: sign what is asked for."
                    )
                );
            }

            await SpendAsync(record, context.RequestAborted);
            return await LeaveAsync(record, context.RequestAborted);
        }
        catch (Exception exception)
        {
            metrics.LeftBy(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    // As in RegisterPeer: what was seen before, or is not the owner's, costs the owner nothing.
    private async Task SpendAsync(VerifiedRecord record, CancellationToken cancellation)
    {
        var known = await store.FindAsync(record.Username, withRecord: false, cancellation);
        var peerId = record.PeerId.ToString();
        if (
            known?.PeerId == peerId
            && (
                (long)record.Content.Sequence > known.Sequence
                || !SignedRecord.IsBinding((ulong)known.Sequence, time.GetUtcNow())
            )
        )
        {
            budgets.SpendOnIdentity(peerId);
        }
    }

    private async Task<IResult> LeaveAsync(VerifiedRecord record, CancellationToken cancellation)
    {
        var result = await store.LeaveAsync(
            record.Username,
            record.PeerId.ToString(),
            (long)record.Content.Sequence,
            record.Content.Release,
            cancellation
        );
        switch (result.Outcome)
        {
            case LeaveOutcome.UnknownPeer:
                throw new ProblemException(Problems.UnknownPeer());
            case LeaveOutcome.NameTaken:
                throw new ProblemException(Problems.NameTaken());
            case LeaveOutcome.StaleSequence:
                throw new ProblemException(Problems.StaleSequence(result.LastSequence));
            case LeaveOutcome.Released:
                lastKnown.Forget(record.Username.Value);
                metrics.LeftBy("released");
                break;
            case LeaveOutcome.Left:
                metrics.LeftBy("left");
                break;
        }

        return TypedResults.NoContent();
    }
}
