using System.Diagnostics;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The trace spans of one session, on both peers: a connection's from the request to the answer, and each message's
/// from the send to the acknowledgement. A message's spans link to the connection's. Guarded by the session's lock.
/// </summary>
/// <param name="acrossPeers">Whether trace context is exchanged with the other peer.</param>
internal sealed class SessionSpans(bool acrossPeers)
{
    private readonly Dictionary<int, Activity> _requests = [];
    private readonly List<ActivityContext> _unacknowledged = [];
    private Activity? _connect;
    private Activity? _request;
    private ActivityLink[] _connection = [];

    /// <summary>Begins a connection attempt. Its span ends with <see cref="Connected"/>.</summary>
    public void Connecting(Activity? connect) => _connect = connect;

    /// <summary>Ends a connection attempt.</summary>
    /// <param name="failure">The reason in one word; null if the attempt succeeded.</param>
    public void Connected(string? failure)
    {
        if (failure is null && (_connect?.Context ?? _requests.Values.FirstOrDefault()?.Context) is { } context)
        {
            _connection = [new ActivityLink(context)];
        }

        End(ref _request, failure);
        End(ref _connect, failure);
    }

    /// <summary>Records an outgoing frame, and adds or removes its trace context.</summary>
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
                AnswerSent(link, "peer.accept");
                break;
            case Frame.BodyOneofCase.Reject:
                AnswerSent(link, "peer.reject");
                break;
        }

        if (!acrossPeers)
        {
            frame.Traceparent = "";
        }

        return outgoing;
    }

    /// <summary>Removes trace context from mail unless it is exchanged with the other peer.</summary>
    public void Depositing(ConversationMail mail)
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
        if (incoming.Plain is not { BodyCase: Frame.BodyOneofCase.Request } frame || _requests.ContainsKey(link))
        {
            return;
        }

        if (Start("peer.request.received", ActivityKind.Server, Remote(frame.Traceparent)) is { } request)
        {
            _requests.Add(link, request);
        }
    }

    public void LinkEnded(int link)
    {
        if (_requests.Remove(link, out var request))
        {
            Stop(request);
        }
    }

    /// <summary>Starts the span of an outgoing message. Dispose it when the message is queued.</summary>
    public Activity? StartSend() =>
        Telemetry.Source.StartActivity(
            "message.send",
            ActivityKind.Producer,
            parentContext: default,
            links: _connection
        );

    /// <summary>Starts the span of an incoming message. Dispose it when the message has been published.</summary>
    public Activity? StartReceive(IncomingMessage message)
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

    /// <summary>Records that all messages received so far are acknowledged.</summary>
    public void Acknowledging()
    {
        foreach (var message in _unacknowledged)
        {
            Mark("message.ack", message);
        }

        _unacknowledged.Clear();
    }

    /// <summary>Records that the other side has acknowledged a message.</summary>
    public void Delivered(OutgoingMessage message)
    {
        if (ActivityContext.TryParse(message.TraceParent, null, out var sent))
        {
            Mark("message.delivered", sent);
        }
    }

    private void AnswerSent(int link, string name)
    {
        if (!_requests.TryGetValue(link, out var request))
        {
            return;
        }

        Mark(name, request.Context);
        Stop(request);
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

    // A span that outlives the call that started it must not become the parent of later spans in that call.
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
