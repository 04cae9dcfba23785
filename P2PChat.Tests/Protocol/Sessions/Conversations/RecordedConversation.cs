using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>A conversation without a session. Each call appends its effects to the list that it is given.</summary>
internal sealed class RecordedConversation : IConversationHost
{
    private readonly Conversation _conversation;
    private List<SessionEffect> _effects = [];

    public RecordedConversation(ulong epoch, ConversationOptions options)
        : this(new ConversationSnapshot(epoch), options) { }

    public RecordedConversation(ConversationSnapshot snapshot, ConversationOptions options) =>
        _conversation = new Conversation(snapshot, options, host: this);

    public ConversationSnapshot Snapshot => _conversation.Snapshot;

    public int Unacknowledged => _conversation.Unacknowledged;

    public long Deletes => _conversation.Deletes;

    public DateTimeOffset? Deadline => _conversation.Deadline;

    public bool HasMail => _conversation.Mail.HasMail;

    public SendOutcome Send(OutgoingMessage message, List<SessionEffect> effects) => Into(effects).Send(message);

    public bool GiveUp(Guid id, List<SessionEffect> effects, AbandonReason reason = AbandonReason.Refused) =>
        Into(effects).Abandon(id, reason);

    public void GiveUpAll(List<SessionEffect> effects) => Into(effects).AbandonAll(AbandonReason.Refused);

    public void Expire(TimeReading now, List<SessionEffect> effects) => Into(effects).Expire(now);

    public void Tick(DateTimeOffset now, List<SessionEffect> effects) => Into(effects).Tick(now);

    public void BeginEpoch(ulong epoch, List<SessionEffect> effects) => Into(effects).BeginEpoch(epoch);

    public void Recalled(
        SessionEffect.Recall asked,
        IReadOnlyList<OutgoingMessage> messages,
        IReadOnlyList<Guid> lost,
        List<SessionEffect> effects
    ) => Into(effects).Recalled(asked, messages, lost);

    public bool MarkRead(ulong epoch, ulong next, List<SessionEffect> effects) => Into(effects).MarkRead(epoch, next);

    public void LinkOpened(int link, List<SessionEffect> effects) => Into(effects).LinkOpened(link);

    public void LinkClosed(int link) => _conversation.LinkClosed(link);

    public void MoveTo(int link, List<SessionEffect> effects) => Into(effects).MoveTo(link);

    public void Resume(int link, List<SessionEffect> effects) => Into(effects).ProbeLink(link);

    public void Receive(int link, Frame frame, List<SessionEffect> effects) =>
        Receive(link, [new IncomingFrame(frame)], effects);

    public void Receive(int link, IReadOnlyList<IncomingFrame> frames, List<SessionEffect> effects)
    {
        for (var i = 0; i < frames.Count; )
        {
            i = Into(effects).Receive(link, frames, i);
        }
    }

    public bool Compose(int maxBytes, List<SessionEffect> effects) => Into(effects).Mail.Compose(maxBytes);

    public void Deposited(ConversationMail mail, List<SessionEffect> effects) => Into(effects).Mail.OnDeposited(mail);

    public void MailboxesLost(List<SessionEffect> effects) => Into(effects).Mail.OnMailboxesLost();

    public MailOutcome ReceiveMail(long mail, IReadOnlyList<Frame> frames, List<SessionEffect> effects) =>
        Into(effects).Mail.Receive(mail, frames);

    public bool IsForRooms => false;

    void IConversationHost.Emit(SessionEffect effect) => _effects.Add(effect);

    void IConversationHost.OnResumed(int link) { }

    // Like a session.
    void IConversationHost.OnViolation(int link) =>
        _effects.Add(new SessionEffect.Close(link, CloseReason.ProtocolViolation));

    private Conversation Into(List<SessionEffect> effects)
    {
        _effects = effects;
        return _conversation;
    }
}
