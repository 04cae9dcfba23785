using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// An action that <see cref="PeerSession"/> asks its caller for, in order. No effect after a binding
/// <see cref="Store"/> may leave the process before that change is committed.
/// </summary>
public abstract record SessionEffect
{
    private SessionEffect() { }

    /// <summary>Store the change, so that it survives a crash.</summary>
    public sealed record Store(Change Change) : SessionEffect;

    /// <summary>Write the frame to the link.</summary>
    public sealed record Transmit(int Link, OutgoingFrame Outgoing) : SessionEffect
    {
        public Transmit(int link, Frame frame)
            : this(link, new OutgoingFrame(frame)) { }

        /// <summary>The frame as a Protobuf object, which for a message is created on each access.</summary>
        public Frame Frame => Outgoing.ToFrame();
    }

    /// <summary>
    /// Write the Ack to the link before anything else. A later Ack replaces one that is not written yet.
    /// </summary>
    public sealed record Acknowledge(int Link, Ack Ack) : SessionEffect;

    /// <summary>Send a Close with the reason and end the link.</summary>
    public sealed record Close(int Link, CloseReason Reason) : SessionEffect;

    /// <summary>
    /// Check that the name belongs to this peer's key, then call <see cref="PeerSession.NameChecked"/>.
    /// </summary>
    public sealed record CheckName(int Link, Username Name) : SessionEffect;

    /// <summary>Answer by <see cref="PeerSession.Accept"/> or <see cref="PeerSession.Reject"/>.</summary>
    /// <param name="Known">Whether the two have accepted each other before.</param>
    /// <param name="Request">The request, which may carry an invite. It is not checked.</param>
    public sealed record RequestArrived(Username Name, bool Known, Request Request) : SessionEffect;

    /// <summary>
    /// The invite in this side's request does not count. The request waits for the other side's user.
    /// </summary>
    /// <param name="RoomLink">
    /// The id of the link to a room that this side has shown; null if it is not one. Such a request does not wait.
    /// </param>
    public sealed record InviteRefused(InviteState State, ReadOnlyMemory<byte>? RoomLink = null) : SessionEffect;

    /// <summary>The request can no longer be answered.</summary>
    public sealed record RequestWithdrawn(CloseReason Reason) : SessionEffect;

    /// <summary>The first link to this peer is open.</summary>
    public sealed record Connected(Username Name) : SessionEffect;

    /// <summary>The conversation goes over another kind of path. Not emitted with <see cref="Connected"/>.</summary>
    public sealed record PathChanged(LinkPath Path) : SessionEffect;

    /// <summary>The other side rejected this side's request.</summary>
    public sealed record Rejected(RejectReason Reason) : SessionEffect;

    /// <summary>
    /// The other side is no longer a contact: it connects only because both are members of a room.
    /// </summary>
    public sealed record ContactLost(Username Name) : SessionEffect;

    /// <summary>This side's request ended without an answer.</summary>
    public sealed record RequestFailed(CloseReason Reason, bool ByRemote) : SessionEffect;

    /// <summary>The last open link has ended.</summary>
    public sealed record Disconnected(CloseReason Reason, bool ByRemote) : SessionEffect;

    /// <summary>The two have become contacts without a link: see <see cref="PeerSession.AcceptByMail"/>.</summary>
    /// <param name="InviteId">The id of this side's invite that the other side has used; empty if none.</param>
    public sealed record AcceptedByMail(Username Name, MailIntroduction Introduction, ReadOnlyMemory<byte> InviteId)
        : SessionEffect;

    /// <summary>The other side knows by mail that the two are contacts, because it has accepted or asks too.</summary>
    public sealed record ConfirmedByMail(Username Name) : SessionEffect;

    /// <summary>A message was received, in order and for the first time.</summary>
    public sealed record Deliver(IncomingMessage Message) : SessionEffect;

    /// <summary>The other side has acknowledged the message.</summary>
    public sealed record Delivered(OutgoingMessage Message) : SessionEffect;

    /// <summary>The other side has acknowledged a message that this side had abandoned.</summary>
    public sealed record DeliveredLate(Guid Id) : SessionEffect;

    /// <summary>A queued message was transmitted or deposited for the first time.</summary>
    public sealed record Sent(OutgoingMessage Message) : SessionEffect;

    /// <summary>The message is not sent any more. <see cref="DeliveredLate"/> may still follow.</summary>
    public sealed record Abandoned(OutgoingMessage Message, AbandonReason Reason) : SessionEffect;

    /// <summary>
    /// The other side has lost messages that it had acknowledged. Find those delivered at or above <paramref
    /// name="Kept"/>, then call <see cref="Conversation.Recalled"/>.
    /// </summary>
    /// <param name="Acknowledged">The position up to which it had acknowledged.</param>
    /// <param name="MaxMessages">How many to send again. The newest count.</param>
    /// <param name="MaxBytes">Limit for their text in UTF-8.</param>
    public sealed record Recall(Position Kept, Position Acknowledged, int MaxMessages, int MaxBytes) : SessionEffect;

    /// <summary>
    /// This side is an older copy of itself: the other side has received more from it than it has sent.
    /// </summary>
    public sealed record OlderCopyDetected : SessionEffect;

    /// <summary>
    /// The delivered messages that the other side has lost are in the outbox again, except <paramref name="Omitted"/>.
    /// A <see cref="SessionEffect.Lost"/> follows for each of these.
    /// </summary>
    public sealed record LossRecovered(IReadOnlyList<Guid> Omitted) : SessionEffect;

    /// <summary>The other side has lost a delivered message, and it cannot be sent again.</summary>
    public sealed record Lost(Guid Id) : SessionEffect;

    /// <summary>The other side's person has read all of this side's messages below <paramref name="Next"/>.</summary>
    public sealed record ReadByThem(ulong Epoch, ulong Next) : SessionEffect;

    /// <summary>The other side's person has started or stopped typing.</summary>
    public sealed record Typing(bool Active) : SessionEffect;

    /// <summary>The other side's person is present or away.</summary>
    public sealed record Presence(PresenceState State) : SessionEffect;

    /// <summary>
    /// Put the envelope into the other side's mailbox, then call <see cref="PeerSession.Deposited"/>.
    /// </summary>
    public sealed record Deposit(ConversationMail Mail) : SessionEffect;

    /// <summary>All messages of the envelope are delivered. The mailbox's copy may be deleted.</summary>
    /// <param name="Mail">The number given to <see cref="PeerSession.ReceiveMail"/>.</param>
    public sealed record MailReceived(long Mail) : SessionEffect;

    /// <summary>
    /// The other side has granted a capability for its mailbox. Depends on no change, so it can be executed at once.
    /// Replaces any earlier capability.
    /// </summary>
    public sealed record MailboxGranted(ReadOnlyMemory<byte> Capability) : SessionEffect;

    /// <summary>
    /// The other side says at which address the directory is reached. Nothing about it is checked yet but its length.
    /// </summary>
    public sealed record DirectoryAddress(string Address) : SessionEffect;

    /// <summary>
    /// The conversation goes over another link from now on. What is neither stored nor acknowledged may have been lost
    /// with the last one.
    /// </summary>
    public sealed record LinkInUse(int Link) : SessionEffect;

    /// <summary>
    /// The other side says which profile of this side it has; 0 if none. Not checked. Answer on that link by <see
    /// cref="PeerSession.SendProfile"/>.
    /// </summary>
    public sealed record ProfileAsked(int Link, ulong Known) : SessionEffect;

    /// <summary>The other side's profile has arrived. Nothing about it is checked yet.</summary>
    /// <param name="IsCurrent">Whether it arrived on the conversation's link; if not, it may be outdated.</param>
    public sealed record ProfileReceived(Profile Profile, bool IsCurrent) : SessionEffect;

    /// <summary>A frame about a file has arrived. Depends on no change, so it can be executed at once.</summary>
    public sealed record FileFrame(Frame Frame) : SessionEffect;

    /// <summary>The other side has said something about a room. Nothing about it is checked but its form.</summary>
    public sealed record RoomSignalled(RoomSignal Signal) : SessionEffect;
}
