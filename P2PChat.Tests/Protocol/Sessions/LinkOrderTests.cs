using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>Which link is the newest if the two peers see them open in different orders.</summary>
public class LinkOrderTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly Username LowName = Username.Parse("low");
    private static readonly Username HighName = Username.Parse("high");

    private readonly PeerSession _low = NewSession(LowName, HighName, 0, 1);
    private readonly PeerSession _high = NewSession(HighName, LowName, 1, 0);

    // Each link's id on the low side and on the high side.
    private readonly Dictionary<int, int> _toHigh = [];
    private readonly Dictionary<int, int> _toLow = [];
    private readonly List<CloseReason> _closes = [];
    private readonly List<SessionEffect> _seen = [];

    // Frames to the dialler that are still in transit; null if they are delivered at once.
    private List<(int Link, Frame Frame)>? _late;

    [Fact]
    public void Highest_link_number_stays_in_any_order_of_arrival()
    {
        DialBoth(_low);

        // Low dialled link 2 last, but high saw it open first.
        Assert.True(_low.IsOpen(2));
        Assert.True(_high.IsOpen(11));
        Assert.False(_low.IsOpen(1) || _high.IsOpen(12));
        Assert.Equal([CloseReason.Duplicate], _closes.Distinct());
        Assert.DoesNotContain(_seen, effect => effect is SessionEffect.Disconnected);
    }

    [Fact]
    public void Link_numbers_count_for_the_higher_peer_id_too()
    {
        DialBoth(_high);

        Assert.True(_high.IsOpen(2));
        Assert.True(_low.IsOpen(11));
        Assert.False(_high.IsOpen(1) || _low.IsOpen(12));
    }

    [Fact]
    public void Links_without_numbers_keep_the_order_of_setup()
    {
        Ask(_low, link: 1, number: 0);
        Assert.True(_low.Accept());
        Ask(_low, link: 2, number: 0);
        _low.Receive(
            2,
            new Frame
            {
                Resume = new Resume { SendEpoch = 5, SendBase = 1 },
            },
            Start
        );

        Assert.True(_low.IsOpen(2));
        Assert.False(_low.IsOpen(1));
    }

    [Fact]
    public void Late_end_of_a_link_spares_one_with_a_higher_number()
    {
        Ask(_low, link: 1, number: 20);
        Assert.True(_low.Accept());
        // Dialled before the other, and delayed.
        Ask(_low, link: 2, number: 10);

        _low.LinkDown(2, CloseReason.Ended, byRemote: true);

        Assert.True(_low.IsOpen(1));
    }

    [Fact]
    public void End_of_a_link_ends_one_with_a_lower_number_that_came_up_later()
    {
        Ask(_low, link: 1, number: 20);
        Assert.True(_low.Accept());
        Ask(_low, link: 2, number: 10);

        _low.LinkDown(1, CloseReason.Ended, byRemote: true);

        Assert.False(_low.IsConnected);
    }

    [Fact]
    public void End_of_several_links_is_reported_once()
    {
        Ask(_low, link: 1, number: 20);
        Assert.True(_low.Accept());
        Ask(_low, link: 2, number: 10);
        Ask(_low, link: 3, number: 30);
        Assert.True(_low.IsOpen(1) && _low.IsOpen(2) && _low.IsOpen(3));

        _low.LinkDown(3, CloseReason.Ended, byRemote: true);

        var ended = Assert.Single(_low.TakeEffects().OfType<SessionEffect.Disconnected>());
        Assert.Equal(new SessionEffect.Disconnected(CloseReason.Ended, ByRemote: true), ended);
    }

    [Fact]
    public void Link_number_increases_when_the_clock_is_set_back()
    {
        Assert.Equal(ConnectOutcome.Dial, _low.BeginConnect(HighName));
        _low.LinkUp(1, LinkOrigin.Dialled, Start);
        _low.LinkUp(2, LinkOrigin.Dialled, Start.AddDays(-1));
        _low.LinkUp(3, LinkOrigin.Dialled, DateTimeOffset.UnixEpoch.AddYears(-1));

        var numbers = _low.TakeEffects()
            .OfType<SessionEffect.Transmit>()
            .Where(transmit => transmit.Frame.BodyCase == Frame.BodyOneofCase.Hello)
            .Select(transmit => transmit.Frame.Hello.LinkNumber);
        var first = (ulong)Start.ToUnixTimeMilliseconds();
        Assert.Equal([first, first + 1, first + 2], numbers);
    }

    [Fact]
    public void Hello_on_an_inbound_link_has_no_link_number()
    {
        _low.LinkUp(1, LinkOrigin.Dialled, Start);
        _high.LinkUp(1, LinkOrigin.Accepted, Start);

        var hello = _high.TakeEffects().OfType<SessionEffect.Transmit>().Single().Frame.Hello;
        Assert.Equal(0UL, hello.LinkNumber);
    }

    // The dialler's links are 1 and 2. The other side calls them 12 and 11, because it saw the second open first. Both
    // are open on both sides before a Resume arrives on either.
    private void DialBoth(PeerSession dialler)
    {
        var other = dialler == _low ? _high : _low;
        Pair(dialler, 1, 12);
        Pair(dialler, 2, 11);
        Assert.Equal(ConnectOutcome.Dial, dialler.BeginConnect(dialler == _low ? HighName : LowName));
        Dial(dialler, 1, other, 12);
        Settle();
        _late = [];
        Assert.True(other.Accept());
        Settle();
        Dial(dialler, 2, other, 11);
        Settle();
        foreach (var (link, frame) in _late)
        {
            dialler.Receive(link, frame, Start);
        }

        _late = null;
        Settle();
    }

    private static void Dial(PeerSession dialler, int ours, PeerSession other, int theirs)
    {
        dialler.LinkUp(ours, LinkOrigin.Dialled, Start);
        other.LinkUp(theirs, LinkOrigin.Accepted, Start);
    }

    private void Pair(PeerSession dialler, int ours, int theirs)
    {
        var (low, high) = dialler == _low ? (ours, theirs) : (theirs, ours);
        (_toHigh[low], _toLow[high]) = (high, low);
    }

    private void Settle()
    {
        while (Carry(_low, _high, _toHigh) | Carry(_high, _low, _toLow)) { }
    }

    private bool Carry(PeerSession from, PeerSession to, Dictionary<int, int> links)
    {
        var effects = from.TakeEffects();
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SessionEffect.Transmit transmit
                    when _late is { } late
                        && transmit.Frame.BodyCase is Frame.BodyOneofCase.Accept or Frame.BodyOneofCase.Resume:
                    late.Add((links[transmit.Link], transmit.Frame));
                    break;
                case SessionEffect.Transmit transmit:
                    to.Receive(links[transmit.Link], transmit.Frame, Start);
                    break;
                case SessionEffect.CheckName check:
                    from.NameChecked(check.Link, NameCheck.Confirmed, Start);
                    break;
                case SessionEffect.Close close:
                    _closes.Add(close.Reason);
                    to.LinkDown(links[close.Link], close.Reason, byRemote: true);
                    break;
                default:
                    _seen.Add(effect);
                    break;
            }
        }

        return effects.Count > 0;
    }

    private static void Ask(PeerSession session, int link, ulong number)
    {
        session.LinkUp(link, LinkOrigin.Accepted, Start);
        session.Receive(
            link,
            new Frame
            {
                Hello = new Hello
                {
                    Version = 1,
                    Username = HighName.Value,
                    LinkNumber = number,
                },
            },
            Start
        );
        session.NameChecked(link, NameCheck.Confirmed, Start);
        session.Receive(link, new Frame { Request = new Request() }, Start);
    }

    private static PeerSession NewSession(Username self, Username other, byte id, byte otherId) =>
        new(
            IdOf(id),
            self,
            IdOf(otherId),
            new SessionSnapshot(null, new ConversationSnapshot(1000)),
            new HandshakeOptions(),
            new ConversationOptions()
        );

    private static PeerId IdOf(byte first) => PeerId.FromHash([first, .. new byte[PeerId.Size - 1]]);
}
