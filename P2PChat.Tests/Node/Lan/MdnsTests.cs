using System.Net;
using P2PChat.Node.Lan;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;

namespace P2PChat.Tests.Node.Lan;

public sealed class MdnsTests
{
    private static readonly PeerId Alice = PeerId.FromPublicKey([1]);
    private static readonly DateOnly Day = new(2026, 11, 29);
    private static readonly string Tag = LanTag.Of(Alice, Day);
    private static readonly LanInterface Home = new(
        2,
        [IPNetwork.Parse("192.168.1.0/24")],
        [IPAddress.Parse("192.168.1.5")]
    );
    private static readonly IPEndPoint Multicaster = new(IPAddress.Parse("192.168.1.9"), MdnsResponder.MulticastPort);
    private static readonly DnsMessage Question = new(0, false, [new DnsQuestion(LanNames.Service, DnsType.Ptr)], []);

    private readonly MdnsResponder _responder = new(new Random(1));
    private readonly MdnsBrowser _browser = new();

    [Fact]
    public void Tag_matches_the_vector() =>
        // Computed by Python's hashlib and base64.
        Assert.Equal(
            "exds4ii2ukyk5s7ldc5qpt4zjq",
            LanTag.Of(PeerId.FromHash([.. Enumerable.Range(0, 32).Select(i => (byte)i)]), Day)
        );

    [Fact]
    public void Announcement_holds_tag_port_and_addresses_but_no_name_or_key()
    {
        var announced = Announce();

        var text = string.Join('\n', announced.Answers);
        Assert.Contains(Tag, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Alice.ToString()[..7], text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(announced.Answers, record => record.Data == new DnsData.Srv(8001, LanNames.Host(Tag)));
        Assert.Contains(announced.Answers, record => record.Data == new DnsData.Host(Home.Addresses[0]));
        Assert.NotEqual(Tag, LanTag.Of(Alice, Day.AddDays(1)));
    }

    [Fact]
    public void Peer_is_announced_twice_and_says_goodbye_when_its_tag_changes()
    {
        Assert.Single(Sent(_responder.Configure((Tag, 8001), [Home], At(0))));
        Assert.Equal(At(1), _responder.Deadline);
        Assert.Single(Sent(_responder.Tick(At(1))));
        Assert.Null(_responder.Deadline);

        var messages = Sent(_responder.Configure(("other", 8001), [Home], At(100)));
        Assert.All(messages[0].Answers, record => Assert.Equal(TimeSpan.Zero, record.Ttl));
        Assert.Contains(messages[1].Answers, record => record.Name == LanNames.Host("other"));
    }

    [Fact]
    public void Question_is_answered_once_after_a_random_delay()
    {
        Settle();
        Assert.Empty(_responder.Receive(Question, Multicaster, Home, At(10)));
        Assert.Empty(_responder.Receive(Question, Multicaster, Home, At(10)));
        Assert.InRange(_responder.Deadline!.Value, At(10.02), At(10.12));
        Assert.Single(Sent(_responder.Tick(_responder.Deadline.Value)));

        // The next answer waits until a second has passed.
        _ = _responder.Receive(Question, Multicaster, Home, At(10.2));
        Assert.True(_responder.Deadline >= At(11));
    }

    [Fact]
    public void Question_is_not_answered_if_the_answer_is_known_or_another_is_meant()
    {
        Settle();
        var known = new DnsRecord(LanNames.Service, TimeSpan.FromMinutes(60), new DnsData.Ptr(LanNames.Instance(Tag)));
        _ = _responder.Receive(Question with { Answers = [known] }, Multicaster, Home, At(10));
        _ = _responder.Receive(
            new DnsMessage(0, false, [new DnsQuestion("_http._tcp.local", DnsType.Ptr)], []),
            Multicaster,
            Home,
            At(10)
        );
        Assert.Null(_responder.Deadline);
    }

    [Fact]
    public void Simple_resolver_is_answered_directly_and_a_flood_is_bounded()
    {
        Settle();
        var from = new IPEndPoint(Multicaster.Address, 40_000);
        var answers = Enumerable
            .Range(0, 100)
            .SelectMany(_ => _responder.Receive(Question with { Id = 9 }, from, Home, At(10)))
            .Cast<MdnsEffect.Unicast>()
            .ToList();

        Assert.Equal(10, answers.Count);
        Assert.Equal((from, (ushort)9), (answers[0].To, answers[0].Message.Id));
        Assert.Equal(Question.Questions, answers[0].Message.Questions);
        Assert.All(answers[0].Message.Answers, record => Assert.True(record.Ttl <= TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Contact_is_found_and_forgotten_when_its_record_expires()
    {
        Browse();
        Assert.Equal([new MdnsEffect.Found(Alice)], _browser.Receive(Announce(), Home, At(1)));
        Assert.Equal([new IPEndPoint(Home.Addresses[0], 8001)], _browser.EndpointsOf(Alice, At(1)));
        // A repeated announcement changes nothing.
        Assert.Empty(_browser.Receive(Announce(), Home, At(2)));

        var refresh = Sent(_browser.Tick(At(2 + 96)));
        Assert.Contains(refresh, message => message.Questions.Any(one => one.Name == LanNames.Instance(Tag)));
        Assert.NotEmpty(_browser.EndpointsOf(Alice, At(121)));
        Assert.Empty(_browser.EndpointsOf(Alice, At(122)));
    }

    [Fact]
    public void Goodbye_removes_a_contact_that_does_not_answer()
    {
        Browse();
        _ = _browser.Receive(Announce(), Home, At(1));
        var goodbye = Sent(_responder.Configure(null, [Home], At(2)))[0];
        _ = _browser.Receive(goodbye, Home, At(2));
        Assert.Contains(Sent(_browser.Tick(At(2))), IsAboutAlice);
        _ = _browser.Receive(goodbye, Home, At(3));
        Assert.DoesNotContain(Sent(_browser.Tick(At(3))), IsAboutAlice);
        Assert.NotEmpty(_browser.EndpointsOf(Alice, At(3.9)));
        Assert.Empty(_browser.EndpointsOf(Alice, At(4)));

        // Anybody can say goodbye for a peer, which then answers the question.
        _ = _browser.Receive(Announce(), Home, At(10));
        _ = _browser.Receive(goodbye, Home, At(11));
        _ = _browser.Receive(Announce(), Home, At(12));
        Assert.NotEmpty(_browser.EndpointsOf(Alice, At(100)));

        static bool IsAboutAlice(DnsMessage message) =>
            message.Questions.Any(question => question.Name == LanNames.Instance(Tag));
    }

    [Fact]
    public void Forged_announcements_do_not_displace_the_contact()
    {
        Browse();
        var own = new IPEndPoint(Home.Addresses[0], 8001);
        _ = _browser.Receive(Announce(), Home, At(1));
        _ = _browser.Receive(Forged(9001, ["192.168.1.66"]), Home, At(2));
        Assert.Equal([own, IPEndPoint.Parse("192.168.1.66:9001")], _browser.EndpointsOf(Alice, At(2)));
        Assert.Contains(Sent(_browser.Tick(At(97.5))), message =>
            message.Questions.Any(one => one.Type == DnsType.Srv)
        );

        _ = _browser.Receive(Forged(9001, [.. Enumerable.Range(70, 30).Select(i => $"192.168.1.{i}")]), Home, At(98));
        Assert.Equal([new MdnsEffect.Found(Alice)], _browser.Receive(Announce(), Home, At(99)));
        Assert.Contains(own, _browser.EndpointsOf(Alice, At(100)));
        Assert.Equal(MdnsBrowser.MaxAddresses, _browser.EndpointsOf(Alice, At(100)).Count);
    }

    [Fact]
    public void Displaced_contact_is_asked_soon_and_by_its_own_tag()
    {
        var yesterday = LanTag.Of(Alice, Day.AddDays(-1));
        _ = _browser.Configure(new Dictionary<string, PeerId>(Known) { [yesterday] = Alice }, [Home], At(0));
        _ = _browser.Receive(Announce(), Home, At(1));
        string[] many = [.. Enumerable.Range(70, 30).Select(i => $"192.168.1.{i}")];
        _ = _browser.Receive(Forged(9001, many, yesterday), Home, At(2));
        Assert.DoesNotContain(new IPEndPoint(Home.Addresses[0], 8001), _browser.EndpointsOf(Alice, At(2)));
        Assert.Contains(Sent(_browser.Tick(At(7))), message =>
            message.Questions.Any(one => one.Name == LanNames.Instance(Tag))
        );
    }

    [Fact]
    public void Records_of_strangers_are_dropped()
    {
        _ = _browser.Configure(new Dictionary<string, PeerId> { ["x"] = Alice }, [Home], At(0));
        Assert.Empty(_browser.Receive(Announce(), Home, At(1)));
        Assert.Empty(_browser.EndpointsOf(Alice, At(1)));
    }

    [Theory]
    [InlineData("203.0.113.5", 8001)]
    [InlineData("127.0.0.1", 8001)]
    [InlineData("192.168.2.5", 8001)]
    [InlineData("::1", 8001)]
    [InlineData("fe80::1", 8001)]
    [InlineData("192.168.1.7", 22)]
    public void Forged_addresses_in_an_announcement_are_ignored(string address, int port)
    {
        Browse();
        _ = _browser.Receive(Forged(port, [address]), Home, At(1));
        Assert.Empty(_browser.EndpointsOf(Alice, At(1)));
    }

    [Fact]
    public void Announcement_with_many_addresses_is_bounded_in_number_and_time()
    {
        Browse();
        _ = _browser.Receive(Forged(8001, [.. Enumerable.Range(10, 200).Select(i => $"192.168.1.{i}")]), Home, At(1));
        Assert.Equal(MdnsBrowser.MaxAddresses, _browser.EndpointsOf(Alice, At(1)).Count);
        Assert.Empty(_browser.EndpointsOf(Alice, At(121)));
    }

    [Fact]
    public void Questions_become_rarer_until_the_network_changes()
    {
        Browse();
        for (var i = 0; i < 20; i++)
        {
            _ = _browser.Tick(_browser.Deadline!.Value);
        }

        var last = _browser.Deadline!.Value;
        _ = _browser.Tick(last);
        Assert.Equal(TimeSpan.FromMinutes(60), _browser.Deadline.Value - last);

        var other = Home with { Index = 3 };
        Assert.Single(_browser.Configure(Known, [other], last));
        Assert.Equal(last + TimeSpan.FromSeconds(1), _browser.Deadline);
    }

    private static Dictionary<string, PeerId> Known => new() { [Tag] = Alice };

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static List<DnsMessage> Sent(IReadOnlyList<MdnsEffect> effects) =>
        effects.OfType<MdnsEffect.Multicast>().Select(effect => effect.Message).ToList();

    private static DnsMessage Forged(int port, string[] addresses, string? tag = null) =>
        new(
            0,
            true,
            [],
            [
                new DnsRecord(
                    LanNames.Instance(tag ?? Tag),
                    TimeSpan.FromDays(9),
                    new DnsData.Srv(port, "victim.local")
                ),
                .. addresses.Select(address => new DnsRecord(
                    "victim.local",
                    TimeSpan.FromDays(9),
                    new DnsData.Host(IPAddress.Parse(address))
                )),
            ]
        );

    private void Browse() => Assert.Single(_browser.Configure(Known, [Home], At(0)));

    private DnsMessage Announce()
    {
        _ = _responder.Configure(null, [Home], At(0));
        return Sent(_responder.Configure((Tag, 8001), [Home], At(0)))[0];
    }

    private void Settle()
    {
        _ = _responder.Configure((Tag, 8001), [Home], At(0));
        _ = _responder.Tick(At(1));
    }
}
