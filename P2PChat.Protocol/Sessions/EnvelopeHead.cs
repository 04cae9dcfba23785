using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// The frames of an envelope before its Resume: a Request or an Accept, then a MailboxGrant if there is one
/// (docs/protocol.md, section 10.6). Empty in most envelopes.
/// </summary>
/// <param name="Request">The sender asks to become a contact; null if it does not.</param>
/// <param name="IsAccept">Whether the sender has accepted this side's request.</param>
/// <param name="Grant">The capability for the sender's mailbox; null if there is none.</param>
/// <param name="Count">Number of frames.</param>
public readonly record struct EnvelopeHead(Request? Request, bool IsAccept, ReadOnlyMemory<byte>? Grant, int Count)
{
    /// <summary>Reads the head of an envelope's frames. A grant of another length is ignored.</summary>
    public static EnvelopeHead Of(IReadOnlyList<Frame> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames is not [{ BodyCase: Frame.BodyOneofCase.Request or Frame.BodyOneofCase.Accept } first, ..])
        {
            return default;
        }

        var grant = frames.Count > 1 ? frames[1].MailboxGrant : null;
        return new EnvelopeHead(
            first.Request,
            first.BodyCase == Frame.BodyOneofCase.Accept,
            grant?.Capability.Length == MailboxCapability.Size ? grant.Capability.Memory : null,
            grant is null ? 1 : 2
        );
    }
}
