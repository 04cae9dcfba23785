using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>
/// Two sessions connected by queues. Frames arrive only when the test delivers them. Links have the same id on both
/// sides.
/// </summary>
internal sealed class SessionPair
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
    private int _links;

    public SessionPair()
    {
        var low = PeerId.FromHash(new byte[PeerId.Size]);
        var high = PeerId.FromHash([1, .. new byte[PeerId.Size - 1]]);
        Low = new Side(low, "low", high);
        High = new Side(high, "high", low);
        (Low.Other, High.Other) = (High, Low);
    }

    public DateTimeOffset Now { get; set; } = Start;

    /// <summary>The side with the lower PeerId.</summary>
    public Side Low { get; }

    public Side High { get; }

    /// <summary>Dials and establishes TLS.</summary>
    public int Dial(Side from)
    {
        var link = ++_links;
        from.Session.LinkUp(link, LinkOrigin.Dialled, Now);
        from.Carry();
        from.Other.Session.LinkUp(link, LinkOrigin.Accepted, Now);
        from.Other.Carry();
        return link;
    }

    /// <summary>Establishes TLS on a path that both sides open, with the lower PeerId as its client.</summary>
    public int Open(Side from, LinkPath path, bool bothAsk = false)
    {
        var link = ++_links;
        from.Session.LinkUp(link, new LinkOrigin(from == Low, IsRequester: true, path), Now);
        from.Carry();
        from.Other.Session.LinkUp(link, new LinkOrigin(from == High, bothAsk, path), Now);
        from.Other.Carry();
        return link;
    }

    /// <summary>Establishes TLS on a path that each side has found in answer to the other's search.</summary>
    public int OpenByAnswers(LinkPath path)
    {
        var link = ++_links;
        Low.Session.LinkUp(link, new LinkOrigin(IsTlsClient: true, IsRequester: false, path), Now, asksToo: true);
        Low.Carry();
        High.Session.LinkUp(link, new LinkOrigin(IsTlsClient: false, IsRequester: false, path), Now, asksToo: true);
        High.Carry();
        return link;
    }

    /// <summary>Connects for one side's person.</summary>
    public int Connect(Side from)
    {
        Assert.Equal(ConnectOutcome.Dial, from.Session.BeginConnect(from.Other.Name));
        return Dial(from);
    }

    /// <summary>Delivers frames until none are in flight.</summary>
    public void Settle()
    {
        while (Low.DeliverNext(Now) || High.DeliverNext(Now)) { }
    }

    /// <summary>Cuts a link. Frames in flight are lost, and both sides learn of it at once.</summary>
    public void Cut(int link)
    {
        foreach (var side in new[] { Low, High })
        {
            _ = side.Incoming.Remove(link);
            side.Session.LinkDown(link, CloseReason.ConnectionLost, byRemote: false);
            side.Carry();
        }
    }

    /// <summary>A pair connected by one link.</summary>
    public static SessionPair Connected(out int link)
    {
        var pair = new SessionPair();
        link = pair.Connect(pair.Low);
        pair.Settle();
        Assert.True(pair.High.Session.Accept());
        pair.High.Carry();
        pair.Settle();
        return pair;
    }

    internal sealed class Side(PeerId id, string name, PeerId remote)
    {
        private long _mails;

        public Username Name { get; } = Username.Parse(name);

        /// <summary>The capability for this side's mailbox.</summary>
        public byte[] Grant { get; } = [.. id.Bytes[..1], .. new byte[MailboxCapability.Size - 1]];

        public PeerSession Session { get; private set; } =
            new(
                id,
                Username.Parse(name),
                remote,
                new SessionSnapshot(null, new ConversationSnapshot(1000)),
                new HandshakeOptions(),
                new ConversationOptions()
            );

        /// <summary>The state after a crash. Every change is committed at once.</summary>
        public StoredConversation Stored { get; } = new(new ConversationSnapshot(1000));

        /// <summary>The envelopes in this side's mailbox by number.</summary>
        public SortedDictionary<long, ConversationMail> Mailbox { get; } = [];

        public Side Other { get; set; } = null!;

        /// <summary>What this side's version can do after the next restart.</summary>
        public PeerFeatures Features { get; set; } = new HandshakeOptions().Features;

        /// <summary>Frames in flight to this side by link. Null is the end of the stream.</summary>
        public SortedDictionary<int, Queue<Frame?>> Incoming { get; } = [];

        /// <summary>All other effects, in order.</summary>
        public List<SessionEffect> Seen { get; } = [];

        public List<string> Received =>
            [.. Seen.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.Text)];

        public void Send(string text)
        {
            Assert.Equal(
                SendOutcome.Queued,
                Session.Conversation.Send(new OutgoingMessage(Guid.CreateVersion7(), text, Start))
            );
            Carry();
        }

        /// <summary>Deposits one envelope, if there is anything to send.</summary>
        public void Mail(int maxBytes)
        {
            _ = Session.ComposeMail(maxBytes, request: null, Grant);
            Carry();
        }

        /// <summary>Receives all mail.</summary>
        public void Collect()
        {
            foreach (var (number, mail) in Mailbox.ToList())
            {
                Assert.NotEqual(MailOutcome.Bad, Session.ReceiveMail(number, mail.Frames));
                Carry();
            }
        }

        /// <summary>Restores the session from the store. Its links must have been cut.</summary>
        public void Restart() =>
            Session = new PeerSession(
                id,
                Name,
                remote,
                Stored.Session,
                new HandshakeOptions { Features = Features },
                new ConversationOptions()
            );

        /// <summary>Executes all effects.</summary>
        public void Carry()
        {
            while (Session.TakeEffects() is { Count: > 0 } effects)
            {
                foreach (var effect in effects)
                {
                    Carry(effect);
                }
            }
        }

        private void Carry(SessionEffect effect)
        {
            switch (effect)
            {
                case SessionEffect.Transmit transmit:
                    Other.Queue(transmit.Link).Enqueue(transmit.Frame);
                    break;
                case SessionEffect.Acknowledge acknowledge:
                    Other.Queue(acknowledge.Link).Enqueue(new Frame { Ack = acknowledge.Ack });
                    break;
                case SessionEffect.Close close:
                    Other.Queue(close.Link).Enqueue(new Frame { Close = new Close { Reason = close.Reason } });
                    _ = Incoming.Remove(close.Link);
                    break;
                case SessionEffect.CheckName check:
                    Session.NameChecked(check.Link, NameCheck.Confirmed, Start);
                    break;
                case SessionEffect.Store store:
                    Stored.Apply(store.Change);
                    break;
                case SessionEffect.Deposit deposit:
                    Other.Mailbox.Add(++_mails, deposit.Mail);
                    Session.Deposited(deposit.Mail);
                    break;
                case SessionEffect.MailReceived taken:
                    _ = Mailbox.Remove(taken.Mail);
                    break;
                // Only profiles follow from it, which these sessions do not exchange.
                case SessionEffect.LinkInUse:
                    break;
                default:
                    Seen.Add(effect);
                    break;
            }
        }

        /// <returns>False if nothing is in flight to this side.</returns>
        public bool DeliverNext(DateTimeOffset now, int choice = 0)
        {
            var waiting = Incoming.Where(link => link.Value.Count > 0).ToList();
            if (waiting.Count == 0)
            {
                return false;
            }

            var (link, frames) = waiting[choice % waiting.Count];
            var frame = frames.Dequeue()!;
            if (frame.BodyCase == Frame.BodyOneofCase.Close)
            {
                Session.LinkDown(link, frame.Close.Reason, byRemote: true);
            }
            else
            {
                Session.Receive(link, frame, now);
            }

            Carry();
            return true;
        }

        private Queue<Frame?> Queue(int link)
        {
            if (!Incoming.TryGetValue(link, out var queue))
            {
                Incoming.Add(link, queue = new Queue<Frame?>());
            }

            return queue;
        }
    }
}
