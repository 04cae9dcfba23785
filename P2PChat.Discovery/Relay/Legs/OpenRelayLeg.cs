using System.Diagnostics;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary><c>GET /relay/sessions/{sessionId}</c>: becomes one leg of a relayed session.</summary>
internal sealed class OpenRelayLeg(
    IPathSessions sessions,
    IReplicaForwarder forwarder,
    RelayTable table,
    RelayMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
)
{
    private readonly RelayOptions _options = options.Value.Relay;

    public async Task<IResult> HandleAsync(HttpContext context, string sessionId)
    {
        using var span = Telemetry.Source.StartActivity("directory.relay");
        try
        {
            return await OpenAsync(context, sessionId, span);
        }
        catch (ProblemException refused)
        {
            metrics.Refused(refused.Outcome);
            throw;
        }
    }

    private async Task<IResult> OpenAsync(HttpContext context, string sessionId, Activity? span)
    {
        if (!_options.Enabled)
        {
            throw new ProblemException(RelayProblems.RelayOff());
        }

        WebSocketUpgrade.Check(context);
        var token = PathToken.Of(context.Request);
        if (token is null || token.SessionId != sessionId)
        {
            throw new ProblemException(PathProblems.SessionTokenUnknown());
        }

        if (token.ReplicaId != sessions.ReplicaId)
        {
            return await forwarder.ForwardAsync(context, token)
                ?? throw new ProblemException(PathProblems.SessionTokenUnknown());
        }

        var side = sessions.Find(sessionId, token) ?? throw new ProblemException(PathProblems.SessionTokenUnknown());
        var address = ClientAddress.Of(context);
        var session = table.Enter(side, address);
        try
        {
            // Only now is the token used up, so that a refused leg can be tried again.
            _ = sessions.OpenLeg(sessionId, token) ?? throw new ProblemException(PathProblems.SessionTokenUnknown());
            var transport = await WebSocketUpgrade.AcceptAsync(context);
            metrics.Opened();
            try
            {
                var leg = new RelayLeg(transport, new RelayRate(_options.BytesPerSecond, timeProvider));
                if (!await session.RunAsync(side.IsCaller, leg, context.RequestAborted))
                {
                    context.Abort();
                }
            }
            finally
            {
                metrics.Closed();
            }

            span?.SetTag("p2pchat.relay.reason", Telemetry.Word(session.Reason!));
            return TypedResults.Empty;
        }
        finally
        {
            table.Leave(side, address);
        }
    }
}
