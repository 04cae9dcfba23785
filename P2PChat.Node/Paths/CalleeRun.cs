using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Paths;

/// <summary>Answers a peer that looks for a path to this one.</summary>
/// <param name="candidates">The answer's candidates; empty if this side gives no address.</param>
internal sealed class CalleeRun(
    CalleePathMachine machine,
    PathPurpose purpose,
    IncomingPath path,
    PathTarget target,
    PathParts parts,
    IReadOnlyList<Endpoint> candidates,
    Func<FoundPath, bool> carry
) : PathRun(machine, purpose, PathRanks.Of(path), target, parts, carry)
{
    /// <summary>
    /// Whether a search of this side for the same peer ran at the same time. Both sides may then find one path in their
    /// answers, and each would wait for the other's request. Set by <see cref="PathCrossings"/> under its lock.
    /// </summary>
    public bool HasMetSearch { get; set; }

    public override string SessionId => path.SessionId;

    public override string Token => path.Token;

    protected override void ExecuteOwn(PathEffect effect)
    {
        if (effect is PathEffect.PostAnswer)
        {
            if (candidates.Count > 0)
            {
                Expect(Target.Endpoints);
            }

            BeginCall(PostAnswerAsync);
        }
    }

    private async Task PostAnswerAsync()
    {
        try
        {
            await Parts.Sessions.AnswerAsync(path, candidates, Over);
            Post(machine.AnswerPosted);
        }
        catch (DirectoryException exception)
        {
            Post(now => machine.SessionFailed(SessionFailures.Of(exception.Failure), now));
            return;
        }

        await foreach (var attempt in path.Starts.ReadAllAsync(Over))
        {
            Post(now => machine.StartReceived(attempt, now));
        }
    }
}
