using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>A frame with which one side tells the other how a transfer has ended, or acknowledges that.</summary>
/// <param name="Id">The id of the message with the offer.</param>
/// <param name="Reason">Unspecified if it is a decision.</param>
/// <param name="Decision">Of the receiver; unspecified if it is a stop.</param>
public sealed record FileEnd(Guid Id, FileStopReason Reason, FileDecisionKind Decision)
{
    /// <summary>Whether the other side has received this side's end. It is not acknowledged itself.</summary>
    public bool IsAcknowledgement => Reason == FileStopReason.Ended;

    public static FileEnd Stop(Guid id, FileStopReason reason) => new(id, reason, FileDecisionKind.Unspecified);

    public static FileEnd Decide(Guid id, FileDecisionKind decision) => new(id, FileStopReason.Unspecified, decision);

    /// <returns>Null for a frame that ends no transfer.</returns>
    public static FileEnd? TryFrom(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return frame switch
        {
            { FileStop: { Reason: not FileStopReason.Paused } stop } => FileFrames.IdOf(stop.Id) is { } id
                ? Stop(id, stop.Reason)
                : null,
            { FileDecision: { Kind: FileDecisionKind.Declined or FileDecisionKind.Completed } decision } =>
                FileFrames.IdOf(decision.Id) is { } id ? Decide(id, decision.Kind) : null,
            _ => null,
        };
    }

    public Frame ToFrame() =>
        Decision == FileDecisionKind.Unspecified ? FileFrames.Stop(Id, Reason) : FileFrames.Decide(Id, Decision);
}
