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
        var (signed, request) = Verify(body.Request);
        if (request.From != token.Username.Value)
        {
            throw new ProblemException(PathProblems.NotTheSender());
        }

        if (request.From == request.To)
        {
            throw new ProblemException(Problems.InvalidRecord("A path request must be for another peer."));
        }

        var (caller, callee) = await FindAsync(token, request, signed, context.RequestAborted);
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

    private (SignedPath Signed, PathRequest Request) Verify(SignedPathBody body)
    {
        try
        {
            var signed = body.ToSigned();
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

    private async Task<(PathParty Caller, PathParty Callee)> FindAsync(
        LeaseToken token,
        PathRequest request,
        SignedPath signed,
        CancellationToken cancellationToken
    )
    {
        var to = Username.Parse(request.To);
        var holder = store.FindForHolderAsync(token.Username, token, cancellationToken);
        var found = store.FindAsync(to, withRecord: false, cancellationToken);
        await Task.WhenAll(holder, found);
        if (await holder is not { Holds: true, Peer: { } from })
        {
            throw new ProblemException(Problems.LeaseTokenUnknown());
        }

        if (from.PeerId != signed.Signer.ToString())
        {
            throw new ProblemException(PathProblems.NotTheSender());
        }

        var callee = await found ?? throw new ProblemException(Problems.UnknownPeer());
        if (callee.PeerId != PeerId.FromHash(request.ToPeerId.Span).ToString())
        {
            throw new ProblemException(PathProblems.OtherKey());
        }

        return callee.Online
            ? (
                new PathParty(token.Username, from.PeerId, from.ObservedAddress),
                new PathParty(to, callee.PeerId, callee.ObservedAddress)
            )
            : throw new ProblemException(PathProblems.PeerOffline());
    }
}
