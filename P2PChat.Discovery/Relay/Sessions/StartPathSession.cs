using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>
/// <c>POST /relay/sessions</c>: starts a path session, and signals it to the callee. The caller holds the lease of the
/// name that its signed request comes from.
/// </summary>
internal sealed class StartPathSession(
    IPeerStore store,
    ISignalBus bus,
    PathSessionTable sessions,
    PathSessionBudget budget,
    DirectoryIdentity identity,
    PathMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
)
{
    public async Task<IResult> HandleAsync(HttpContext context)
    {
        using var span = Telemetry.Source.StartActivity("directory.path-session");
        try
        {
            var response = await StartAsync(context);
            metrics.Started("started");
            return response;
        }
        catch (Exception exception)
        {
            metrics.Started(exception is ProblemException refused ? refused.Outcome : "failed");
            throw;
        }
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        var token = BearerToken.Read(context.Request) ?? throw new ProblemException(Problems.LeaseTokenUnknown());
        var body = await PathBody.ReadAsync(context, DirectoryJson.Default.PathSessionBody);
        // Before the signature, which costs more to check.
        var from = await FindHolderAsync(token, context.RequestAborted);
        var (signed, request) = Verify(body.Request, from.PeerId);
        if (request.From != token.Username.Value)
        {
            throw new ProblemException(PathProblems.NotTheSender());
        }

        if (request.From == request.To)
        {
            throw new ProblemException(Problems.InvalidRecord("A path request must be for another peer."));
        }

        var caller = new PathParty(token.Username, from.PeerId, from.ObservedAddress);
        var callee = await FindCalleeAsync(request, context.RequestAborted);
        budget.Spend(caller.PeerId);
        var (session, callerToken, calleeToken) = sessions.Start(caller, callee, ClientAddress.Of(context), signed);
        var relay = options.Value.Relay.Enabled;
        var signal = new SessionSignal(
            session.Id,
            calleeToken,
            session.ExpiresAt,
            relay,
            // Encoded again, because the caller's base64 may contain spaces.
            signed.ToBody(),
            caller.ObservedAddress
        );
        await bus.PublishAsync(
            new PeerSignal(callee.Name, SignalTypes.Session, SignalJson.Serialize(signal)),
            context.RequestAborted
        );
        return new BufferedJsonResult<PathSessionResponse>(
            new(session.Id, callerToken, session.ExpiresAt, relay),
            DirectoryJson.Default.PathSessionResponse,
            StatusCodes.Status201Created
        );
    }

    /// <summary>Finds the peer whose lease the caller holds.</summary>
    private async Task<StoredPeer> FindHolderAsync(LeaseToken token, CancellationToken cancellationToken) =>
        await store.FindForHolderAsync(token.Username, token, cancellationToken) is { Holds: true, Peer: { } peer }
            ? peer
            : throw new ProblemException(Problems.LeaseTokenUnknown());

    private (SignedPath Signed, PathRequest Request) Verify(SignedPathBody body, string callerId)
    {
        try
        {
            var signed = body.ToSigned();
            if (signed.Signer.ToString() != callerId)
            {
                throw new ProblemException(PathProblems.NotTheSender());
            }

            var request = signed.VerifyRequest(timeProvider.GetUtcNow());
            return Convert.ToHexStringLower(request.DirectoryId.Span) == identity.Id
                ? (signed, request)
                : throw new ProblemException(Problems.WrongDirectory());
        }
        catch (RecordException exception)
        {
            throw new ProblemException(Problems.Refused(exception));
        }
    }

    private async Task<PathParty> FindCalleeAsync(PathRequest request, CancellationToken cancellationToken)
    {
        var name = Username.Parse(request.To);
        var callee = await store.FindAsync(name, withRecord: false, cancellationToken)
            ?? throw new ProblemException(Problems.UnknownPeer());
        if (callee.PeerId != PeerId.FromHash(request.ToPeerId.Span).ToString())
        {
            throw new ProblemException(PathProblems.OtherKey());
        }

        return callee.Online
            ? new PathParty(name, callee.PeerId, callee.ObservedAddress)
            : throw new ProblemException(PathProblems.PeerOffline());
    }
}
