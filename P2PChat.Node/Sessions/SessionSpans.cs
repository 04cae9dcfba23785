using System.Diagnostics;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The spans of one session: a connection from the asking to the accept on both peers, and each message from the
/// sending to its acknowledgement on both peers. A message's spans link to the connection's. Guarded by its session.
/// </summary>
/// <param name="acrossPeers">Whether trace context goes to, and is taken from, the other peer.</param>
internal sealed class SessionSpans(bool acrossPeers)
{
    private readonly Dictionary<int, Activity> _asked = [];
    private readonly List<ActivityContext> _unacknowledged = [];
    private Activity? _connect;
    private Activity? _request;
    private ActivityLink[] _connection = [];

    /// <summary>A connection is asked for; its span lasts until the outcome.</summary>
    public void Connecting(Activity? connect) => _connect = connect;

    /// <summary>The connection that was asked for is there, or is not to be.</summary>
    /// <param name="failure">A word for why not; null if it is there.</param>
    public void Connected(string? failure)
    {
        if (failure is null && (_connect?.Context ?? _asked.Values.FirstOrDefault()?.Context) is { } context)
        {
            _connection = [new ActivityLink(context)];
        }

        End(ref _request, failure);
        End(ref _connect, failure);
    }

    /// <summary>Marks what goes out, and lets trace context go with it where that is wanted.</summary>
    public OutgoingFrame Sending(int link, OutgoingFrame outgoing)
    {
        if (outgoing.Plain is not { } frame)
        {
            return acrossPeers ? outgoing : outgoing.WithoutTrace();
        }

        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Request:
                _request ??= Start("peer.request", ActivityKind.Client, _connect?.Context ?? default);
                frame.Traceparent = _request?.Id ?? "";
                break;
            case Frame.BodyOneofCase.Accept:
                Answered(link, "peer.accept");
                break;
            case Frame.BodyOneofCase.Reject:
                Answered(link, "peer.reject");
                break;
        }

        if (!acrossPeers)
        {
            frame.Traceparent = "";
        }

        return outgoing;
    }

    /// <summary>What goes by mail takes along as much as what goes on a link.</summary>
    public void Mailing(ConversationMail mail)
    {
        if (acrossPeers)
        {
            return;
        }

        foreach (var frame in mail.Frames)
        {
            frame.Traceparent = "";
        }
    }

    public void Received(int link, IncomingFrame incoming)
    {
        if (incoming.Plain is not { BodyCase: Frame.BodyOneofCase.Request } frame || _asked.ContainsKey(link))
        {
            return;
        }

        if (Start("peer.request.received", ActivityKind.Server, Remote(frame.Traceparent)) is { } asked)
        {
            _asked.Add(link, asked);
        }
    }

    public void LinkGone(int link)
    {
        if (_asked.Remove(link, out var asked))
        {
            Stop(asked);
        }
    }

    /// <summary>The span of a message that is about to be sent; dispose it when it is queued.</summary>
    public Activity? Sending() =>
        Telemetry.Source.StartActivity(
            "message.send",
            ActivityKind.Producer,
            parentContext: default,
            links: _connection
        );

    /// <summary>The span of a message that has come; dispose it when it has been told.</summary>
    public Activity? Receiving(IncomingMessage message)
    {
        var span = Telemetry.Source.StartActivity(
            "message.receive",
            ActivityKind.Consumer,
            Remote(message.TraceParent),
            links: _connection
        );
        if (span is not null)
        {
            _unacknowledged.Add(span.Context);
        }

        return span;
    }

    /// <summary>What has come is acknowledged.</summary>
    public void Acknowledging()
    {
        foreach (var message in _unacknowledged)
        {
            Mark("message.ack", message);
        }

        _unacknowledged.Clear();
    }

    /// <summary>The other side has acknowledged a message.</summary>
    public void Delivered(OutgoingMessage message)
    {
        if (ActivityContext.TryParse(message.TraceParent, null, out var sent))
        {
            Mark("message.delivered", sent);
        }
    }

    private void Answered(int link, string name)
    {
        if (!_asked.TryGetValue(link, out var asked))
        {
            return;
        }

        Mark(name, asked.Context);
        Stop(asked);
    }

    private ActivityContext Remote(string? traceParent) =>
        acrossPeers && ActivityContext.TryParse(traceParent, null, isRemote: true, out var context) ? context : default;

    private void Mark(string name, ActivityContext parent)
    {
        if (Start(name, ActivityKind.Internal, parent) is { } span)
        {
            Stop(span);
        }
    }

    // Spans that outlive the call that begins them must not become the parents of whatever comes next in it.
    private Activity? Start(string name, ActivityKind kind, ActivityContext parent)
    {
        var current = Activity.Current;
        var span = Telemetry.Source.StartActivity(name, kind, parent, links: _connection);
        Activity.Current = current;
        return span;
    }

    private static void Stop(Activity span)
    {
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    private static void End(ref Activity? span, string? failure)
    {
        if (span is null)
        {
            return;
        }

        if (failure is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, Telemetry.Word(failure));
        }

        Stop(span);
        span = null;
    }
}
