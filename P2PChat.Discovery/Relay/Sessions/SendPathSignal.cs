using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>
/// <c>POST /relay/sessions/{sessionId}/signals</c>: passes on what one side of a path session has to tell the other.
/// </summary>
internal sealed class SendPathSignal(
    IPathSessions sessions,
    IReplicaForwarder forwarder,
    ISignalBus bus,
    PathMetrics metrics
)
{
    private const int FirstStart = 2;

    public async Task<IResult> HandleAsync(HttpContext context, string sessionId)
    {
        using var span = Telemetry.Source.StartActivity("directory.path-signal");
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

        // Before the body is read, and again after it: it may have taken until the session's end.
        _ = Find(sessionId, token);
        var body = await PathBody.ReadAsync(context, DirectoryJson.Default.PathSignalBody);
        var side = Find(sessionId, token);
        var signal = body.Kind switch
        {
            PathSignalKinds.Answer => Answer(side, body),
            PathSignalKinds.Start => Start(side, body),
            _ => throw new ProblemException(
                Problems.Malformed($"The field 'kind' must be '{PathSignalKinds.Answer}' or '{PathSignalKinds.Start}'.")
            ),
        };
        await bus.PublishAsync(
            new PeerSignal(side.Other.Name, SignalTypes.Path, SignalJson.Serialize(signal)),
            context.RequestAborted
        );
        metrics.Signalled(body.Kind);
        return TypedResults.NoContent();
    }

    private SessionSide Find(string sessionId, PathToken token) =>
        sessions.Find(sessionId, token) ?? throw new ProblemException(PathProblems.SessionTokenUnknown());

    private static PathSignal Answer(SessionSide side, PathSignalBody body)
    {
        if (side.IsCaller)
        {
            throw new ProblemException(PathProblems.SignalNotExpected("Only the peer that was asked may answer."));
        }

        if (side.Session.Unanswered is not { } request)
        {
            throw AnsweredBefore();
        }

        SignedPath answer;
        try
        {
            answer = body.Answer.ToSigned();
            _ = answer.VerifyAnswer(request);
            if (answer.Signer.ToString() != side.Self.PeerId)
            {
                throw new ProblemException(PathProblems.NotTheSender());
            }
        }
        catch (RecordException exception)
        {
            throw new ProblemException(Problems.Refused(exception));
        }

        return side.Session.TryAnswer()
            ? new PathSignal(
                side.Session.Id,
                new PathSignalBody(PathSignalKinds.Answer, Answer: answer.ToBody()),
                side.Self.ObservedAddress
            )
            : throw AnsweredBefore();
    }

    private static PathSignal Start(SessionSide side, PathSignalBody body)
    {
        if (!side.IsCaller)
        {
            throw new ProblemException(PathProblems.SignalNotExpected("Only the peer that asked may start a try."));
        }

        if (body.Try is < FirstStart or > PathSession.MaxStarts)
        {
            throw new ProblemException(
                Problems.Malformed($"The field 'try' must be from {FirstStart} to {PathSession.MaxStarts}.")
            );
        }

        return side.Session.TryStart()
            ? new PathSignal(side.Session.Id, new PathSignalBody(PathSignalKinds.Start, body.Try))
            : throw new ProblemException(
                PathProblems.SignalNotExpected($"A session may have at most {PathSession.MaxStarts} signals to start.")
            );
    }

    private static ProblemException AnsweredBefore() =>
        new(PathProblems.SignalNotExpected("The session has been answered. An answer can be sent once."));
}
