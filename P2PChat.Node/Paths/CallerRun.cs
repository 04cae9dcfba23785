using System.Net;
using System.Net.Sockets;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Node.Paths;

/// <summary>Looks for a path to a peer on this side's initiative.</summary>
internal sealed class CallerRun(
    CallerPathMachine machine,
    PathPurpose purpose,
    PathRank rank,
    PathTarget target,
    PathParts parts,
    Func<FoundPath, bool> carry
) : PathRun(machine, purpose, rank, target, parts, carry)
{
    private OpenedPath? _session;

    /// <summary>Whether the other peer has answered; null if it was not asked.</summary>
    public bool? HasAnswer { get; private set; }

    /// <summary>Whether the answer names no candidate.</summary>
    public bool HasEmptyAnswer { get; private set; }

    public override string SessionId => _session!.SessionId;

    public override string Token => _session!.Token;

    protected override void ExecuteOwn(PathEffect effect)
    {
        switch (effect)
        {
            case PathEffect.Resolve resolve:
                BeginCall(() => ResolveAsync(resolve));
                break;
            case PathEffect.OpenSession open:
                if (open.WithCandidates)
                {
                    Expect(Target.Endpoints);
                }

                BeginCall(() => OpenSessionAsync(open));
                break;
            case PathEffect.PostStart start:
                BeginCall(() => PostStartAsync(start.Try));
                break;
        }
    }

    private async Task ResolveAsync(PathEffect.Resolve resolve)
    {
        IReadOnlyList<IPAddress> addresses = [];
        try
        {
            addresses = await Dns.GetHostAddressesAsync(resolve.Host, resolve.Family, Over);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // A failed lookup counts as no addresses.
        }

        Post(now => machine.Resolved(resolve.Lookup, addresses, now));
    }

    private async Task OpenSessionAsync(PathEffect.OpenSession open)
    {
        try
        {
            using var session = await Parts.Sessions.OpenAsync(
                Target.Name,
                Target.Key,
                open.WithCandidates ? Parts.Candidates.Current : [],
                withoutRelay: !open.WithRelay,
                isTest: Rank == PathRank.Test,
                Over
            );
            Post(now =>
            {
                // A test opens two sessions, and an answer to either counts.
                (_session, HasAnswer) = (session, HasAnswer ?? false);
                return machine.SessionOpened(session.Relay, now);
            });
            var answer = await session.AnswerAsync(Over);
            Post(now =>
            {
                (HasAnswer, HasEmptyAnswer) = (true, answer.Candidates.Count == 0);
                return _session == session ? machine.Answered(answer.Candidates, answer.ObservedAddress, now) : [];
            });
        }
        catch (DirectoryException exception)
        {
            Post(now => machine.SessionFailed(SessionFailures.Of(exception.Failure), now));
        }
    }

    private async Task PostStartAsync(int attempt)
    {
        try
        {
            await Parts.Sessions.StartAsync(_session!, attempt, Over);
        }
        catch (DirectoryException)
        {
            // Without the signal the other side does not try, so this try fails as well.
        }
    }
}
