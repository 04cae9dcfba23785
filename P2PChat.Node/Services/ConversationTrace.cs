using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>A step of a traced conversation.</summary>
/// <param name="After">The time from the start of the trace to the end of the step.</param>
public sealed record TraceStep(string Name, TimeSpan After);

/// <summary>The result of a traced conversation.</summary>
/// <param name="TraceId">In hexadecimal; null if spans are not collected.</param>
public sealed record TracedConversation(string? TraceId, IReadOnlyList<TraceStep> Steps);

/// <summary>
/// Runs a whole conversation in one trace: registration, connection, message and acknowledgement. Otherwise each of
/// these is a separate trace, and a message only links to the trace of its connection.
/// </summary>
public sealed class ConversationTrace
{
    private readonly ConnectionService _connections;
    private readonly MessageService _messages;
    private readonly EventLog _events;
    private readonly Registrar _registrar;
    private readonly TimeProvider _timeProvider;

    internal ConversationTrace(
        ConnectionService connections,
        MessageService messages,
        EventLog events,
        Registrar registrar,
        TimeProvider timeProvider
    )
    {
        _connections = connections;
        _messages = messages;
        _events = events;
        _registrar = registrar;
        _timeProvider = timeProvider;
    }

    /// <summary>Runs the conversation. Closes an existing connection first, so that connecting is traced.</summary>
    /// <exception cref="PeerException">A step failed; the steps before it are traced.</exception>
    public async Task<TracedConversation> RunAsync(Username with, string text, CancellationToken cancellationToken)
    {
        var cause = Activity.Current?.Context;
        Activity.Current = null;
        using var root = Telemetry.Source.StartActivity(
            "conversation.trace",
            ActivityKind.Internal,
            parentContext: default,
            links: cause is { } context ? [new ActivityLink(context)] : []
        );
        try
        {
            return new TracedConversation(
                root?.TraceId.ToHexString(),
                await RunStepsAsync(with, text, cancellationToken)
            );
        }
        catch (PeerException exception)
        {
            root?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Error));
            throw;
        }
    }

    private async Task<IReadOnlyList<TraceStep>> RunStepsAsync(
        Username with,
        string text,
        CancellationToken cancellationToken
    )
    {
        var started = _timeProvider.GetTimestamp();
        var steps = new List<TraceStep>();
        await RegisterAsync(cancellationToken);
        Done("registered");

        // Listening from the newest event always succeeds.
        using var events = _events.Listen(_events.Last)!;
        if (_connections.RelationTo(with) == Relation.Connected)
        {
            _connections.Disconnect(with);
            _ = await NextAsync(events, Ended, cancellationToken);
            Done("disconnected from before");
        }

        await _connections.ConnectAsync(with, cancellationToken);
        ThrowIfEnded(
            await NextAsync(
                events,
                @event => Ended(@event) || (@event is PeerEvent.Connected connected && connected.With == with),
                cancellationToken
            )
        );
        Done("connected");

        var id = (await _messages.SendAsync(with, text)).Id;
        Done("sent");
        ThrowIfEnded(
            await NextAsync(
                events,
                @event =>
                    Ended(@event)
                    || (@event is PeerEvent.Receipt { State: MessageState.Delivered } receipt && receipt.Id == id),
                cancellationToken
            )
        );
        Done("acknowledged");
        return steps;

        bool Ended(PeerEvent @event) => @event is PeerEvent.Disconnected gone && gone.With == with;

        void Done(string name) => steps.Add(new TraceStep(name, _timeProvider.GetElapsedTime(started)));
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _registrar.RegisterAgainAsync(cancellationToken);
        }
        catch (DirectoryException exception)
        {
            throw exception.ToPeerException();
        }
    }

    private static void ThrowIfEnded(PeerEvent @event)
    {
        if (@event is PeerEvent.Disconnected ended)
        {
            throw new PeerException(
                PeerError.NotConnected,
                $"The trace ended early: {DisconnectReasonText.Describe(ended.With, ended.Reason)}."
            );
        }
    }

    // This needs no timeout: an unanswered request times out by itself, which is an event too.
    private static async Task<PeerEvent> NextAsync(
        EventListener events,
        Func<PeerEvent, bool> matches,
        CancellationToken cancellationToken
    )
    {
        await foreach (var numbered in events.Reader.ReadAllAsync(cancellationToken))
        {
            if (matches(numbered.Event))
            {
                return numbered.Event;
            }
        }

        throw new PeerException(
            PeerError.NotConnected,
            "The trace was lost because too much happened at this peer. Try again when it is quieter."
        );
    }
}
