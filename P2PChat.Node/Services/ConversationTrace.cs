using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>A step of a traced conversation, and when it was done, counted from the beginning.</summary>
public sealed record TraceStep(string Name, TimeSpan After);

/// <summary>What was traced.</summary>
/// <param name="TraceId">In hexadecimal; null where nobody collects spans.</param>
public sealed record TracedConversation(string? TraceId, IReadOnlyList<TraceStep> Steps);

/// <summary>
/// Roots one activity and does within it all that a conversation is made of: a registration, a connection, a message, its
/// acknowledgement. Elsewhere each of these is a trace of its own, and a message's only links to the connection's.
/// </summary>
public sealed class ConversationTrace
{
    private readonly PeerNode _node;
    private readonly Registrar _registrar;
    private readonly TimeProvider _clock;

    internal ConversationTrace(PeerNode node, Registrar registrar, TimeProvider clock) =>
        (_node, _registrar, _clock) = (node, registrar, clock);

    /// <summary>Ends a connection that there is, so that there is one to trace.</summary>
    /// <exception cref="PeerException">A step was refused; those before it are traced.</exception>
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
        catch (PeerException e)
        {
            root?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Error));
            throw;
        }
    }

    private async Task<IReadOnlyList<TraceStep>> RunStepsAsync(
        Username with,
        string text,
        CancellationToken cancellationToken
    )
    {
        var begun = _clock.GetTimestamp();
        var steps = new List<TraceStep>();
        await RegisterAsync(cancellationToken);
        Done("registered");

        // From the newest event on, so there is always somebody to listen.
        using var events = _node.Events.Listen(_node.Events.Last)!;
        if (_node.IsConnectedTo(with))
        {
            _node.Disconnect(with);
            _ = await NextAsync(events, Ended, cancellationToken);
            Done("disconnected from before");
        }

        await _node.ConnectAsync(with, cancellationToken);
        RefuseEnd(
            await NextAsync(
                events,
                e => Ended(e) || (e is PeerEvent.Connected connected && connected.With == with),
                cancellationToken
            )
        );
        Done("connected");

        var id = (await _node.SendAsync(with, text)).Id;
        Done("sent");
        RefuseEnd(
            await NextAsync(
                events,
                e => Ended(e) || (e is PeerEvent.Receipt { State: MessageState.Delivered } receipt && receipt.Id == id),
                cancellationToken
            )
        );
        Done("acknowledged");
        return steps;

        bool Ended(PeerEvent e) => e is PeerEvent.Disconnected gone && gone.With == with;

        void Done(string name) => steps.Add(new TraceStep(name, _clock.GetElapsedTime(begun)));
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _registrar.RegisterAnewAsync(cancellationToken);
        }
        catch (DirectoryException e)
        {
            throw e.AsRefusal();
        }
    }

    private static void RefuseEnd(PeerEvent e)
    {
        if (e is PeerEvent.Disconnected ended)
        {
            throw new PeerException(
                PeerError.NotConnected,
                $"The conversation ended early: {DisconnectReasonText.Describe(ended.With, ended.Reason)}."
            );
        }
    }

    // All that is waited for comes, or its end does: a request that nobody answers runs out of time.
    private static async Task<PeerEvent> NextAsync(
        EventListener events,
        Func<PeerEvent, bool> isIt,
        CancellationToken cancellationToken
    )
    {
        await foreach (var numbered in events.Reader.ReadAllAsync(cancellationToken))
        {
            if (isIt(numbered.Event))
            {
                return numbered.Event;
            }
        }

        throw new PeerException(
            PeerError.NotConnected,
            "Too much happens at this peer to follow one conversation: try again when it is quieter."
        );
    }
}
