using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Applies the other side's Resume: from where it sends, what it has received, and what either side is missing.
/// </summary>
internal sealed class ResumeNegotiation(
    Inbox inbox,
    MessageReceiver receiver,
    AcknowledgementReceiver acknowledgements,
    CopyRecovery recovery,
    EpochSwitcher epochs,
    ResumeSender resumes
)
{
    public static bool IsValid(Resume resume) =>
        resume.SendEpoch is > 0 and <= Epochs.Highest && resume.SendBase is > 0 and <= Epochs.Highest;

    /// <param name="onLink">Whether it arrived on a link. In an envelope it may be outdated.</param>
    /// <returns>Whether it shows for the first time that this side has lost messages it had acknowledged.</returns>
    public bool Apply(Resume resume, bool onLink)
    {
        var (before, delivered) = (inbox.State, new List<IncomingMessage>());
        inbox.Resume(resume, onLink, delivered);
        receiver.Deliver(before, delivered);
        if (resume.MissingEpoch > 0)
        {
            recovery.NoteMissing(resume);
            epochs.Recover();
        }
        else
        {
            // The other side may have been restored again since it said that messages were missing.
            if (onLink)
            {
                recovery.ForgetLost();
            }

            acknowledgements.OnAcknowledgement(resume.ReceiveEpoch, resume.ReceiveNext, resume.ReceiveChecksum);
        }

        // Once per epoch: two sides that both miss messages would answer each other forever.
        if (inbox.Kept is null || (inbox.Kept == before.Kept && inbox.Epoch == before.Position.Epoch))
        {
            return false;
        }

        resumes.SendToAll();
        return true;
    }
}
