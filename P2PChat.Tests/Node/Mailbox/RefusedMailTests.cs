using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A directory that refuses mail, permanently or temporarily. No refusal loses a message.</summary>
public sealed class RefusedMailTests : IAsyncLifetime, IDisposable
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    private readonly TempDirectory _alices = new();
    private readonly TempDirectory _bobs = new();
    private readonly SettableClock _alicesClock = new();
    private readonly List<string> _settings = [];
    private RedisServer _redis = null!;
    private RestartableDirectory _directory = null!;
    private PeerUnderTest _alice = null!;
    private PeerId _bobsId;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _settings.Add("ConnectionStrings:redis=" + _redis.ConnectionString);
        _directory = new RestartableDirectory { Settings = _settings };
    }

    public async Task DisposeAsync()
    {
        if (_alice is not null)
        {
            await _alice.DisposeAsync();
        }

        await _directory.DisposeAsync();
        await _redis.DisposeAsync();
    }

    public void Dispose()
    {
        _alices.Dispose();
        _bobs.Dispose();
    }

    [Fact]
    public async Task Mail_over_quota_waits_until_the_recipient_has_collected()
    {
        await ExchangeCapabilitiesAsync(
            "Directory:Mailbox:CapabilityEnvelopes=1",
            "Directory:Mailbox:FullRetryAfter=00:00:01"
        );
        using var counts = new MailCounts(_alice);
        _ = _alice.Messages.Send(Bob, "one");
        await SentAsync("one");
        _ = _alice.Messages.Send(Bob, "two");
        await Eventually.True(() => counts.NotDeposited > 0, PeerUnderTest.Soon, "the second is refused");
        Assert.Equal(MessageState.Queued, StateOf("two"));

        await using var bob = await StartBobAsync();

        await ArriveAsync(bob, "one", "two");
        await DeliveredAsync("one", "two");
        Assert.DoesNotContain(bob.Rest(), @event => @event is PeerEvent.Connected);
    }

    [Fact]
    public async Task Mail_with_a_revoked_capability_waits_until_a_new_one_is_granted()
    {
        await ExchangeCapabilitiesAsync();
        using var counts = new MailCounts(_alice);
        await using (var blocking = await StartBobAsync())
        {
            await blocking.Contacts.BlockAsync(Alice, CancellationToken.None);
            await Eventually.True(
                async () => (await MailPeers.StoreOf(blocking).Capabilities.RevokedAsync()).Count == 0,
                PeerUnderTest.Soon,
                "the directory refuses her capability"
            );
        }

        _ = _alice.Messages.Send(Bob, "unwanted for now");
        for (var refused = 1; refused <= 4; refused++)
        {
            await Eventually.True(
                () => counts.NotDeposited >= refused,
                PeerUnderTest.Soon,
                $"it is refused {refused} times"
            );
            _alicesClock.LetPass(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(MailPause.GrowingTo(MailPause.Long).After(5), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(16));
        Assert.InRange(
            MailPause.GrowingTo(MailPause.Long).After(2000),
            TimeSpan.FromMinutes(5),
            TimeSpan.FromMinutes(10)
        );
        Assert.Equal(MessageState.Queued, StateOf("unwanted for now"));
        Assert.Equal(0, counts.Deposited);

        await using var bob = await StartBobAsync(options => options.Accept = AcceptMode.All);
        bob.Contacts.Unblock(Alice);
        await Eventually.True(() => ConnectsAsync(bob), PeerUnderTest.Soon, "the two connect again");
        await DeliveredAsync("unwanted for now");
        Assert.Equal(["unwanted for now"], MailPeers.Texts(bob, Alice));
    }

    [Fact]
    public async Task Rate_limited_mail_waits_for_Retry_After_within_bounds()
    {
        const string Strict = "Directory:RateLimits:Deposits:PerSecond=0.001";
        await ExchangeCapabilitiesAsync(
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Deposits:Burst=1",
            Strict
        );
        using var counts = new MailCounts(_alice);
        _ = _alice.Messages.Send(Bob, "one");
        await SentAsync("one");
        _ = _alice.Messages.Send(Bob, "two");
        await Eventually.True(() => counts.NotDeposited == 1, PeerUnderTest.Soon, "the second is refused");

        // The directory asked for a thousand seconds, of which the peer waits ten minutes.
        await _directory.StopAsync();
        _settings.Add("Directory:RateLimits:Enabled=false");
        await _directory.StartAsync();
        _alicesClock.LetPass(TimeSpan.FromMinutes(4));
        Assert.Equal(MessageState.Queued, StateOf("two"));
        _alicesClock.LetPass(TimeSpan.FromMinutes(9));
        await SentAsync("two");

        await using var bob = await StartBobAsync();
        await ArriveAsync(bob, "one", "two");
        Assert.Equal(1, counts.NotDeposited);
    }

    [Fact]
    public async Task Directory_that_lost_its_data_is_granted_capabilities_again()
    {
        await ExchangeCapabilitiesAsync("Directory:RenewEvery=00:00:01");
        await using var bob = await StartBobAsync();
        await Eventually.True(
            () => MailPeers.StoreOf(bob).Conversations.AcceptedName(_alice.Id) is not null,
            PeerUnderTest.Soon,
            "the two are contacts"
        );
        using var counts = new MailCounts(bob);

        _ = await _redis.SendAsync("FLUSHALL");
        _ = _alice.Messages.Send(Bob, "after the loss");

        await ArriveAsync(bob, "after the loss");
        await DeliveredAsync("after the loss");
        // Collected twice if Alice deposited it before she learned of the loss.
        await Eventually.True(() => counts.Collected > 0, PeerUnderTest.Soon, "the message arrived by mail");
    }

    [Fact]
    public async Task Mail_that_the_directory_lost_is_deposited_again()
    {
        await ExchangeCapabilitiesAsync("Directory:RenewEvery=00:00:01");
        _ = _alice.Messages.Send(Bob, "before the loss");
        await SentAsync("before the loss");

        _ = await _redis.SendAsync("FLUSHALL");
        await using var bob = await StartBobAsync();

        await ArriveAsync(bob, "before the loss");
        await DeliveredAsync("before the loss");
        Assert.DoesNotContain(bob.Rest(), @event => @event is PeerEvent.Connected);
    }

    [Fact]
    public async Task Mail_lost_while_its_sender_was_offline_is_deposited_again()
    {
        await ExchangeCapabilitiesAsync();
        _ = _alice.Messages.Send(Bob, "before the loss");
        await SentAsync("before the loss");
        await _alice.DisposeAsync();

        _ = await _redis.SendAsync("FLUSHALL");
        _alice = await StartAsync("alice", _alices.Path, _alicesClock);
        await Eventually.True(
            () =>
                MailPeers.StoreOf(_alice).Conversations.Load(_bobsId)!.Session.Conversation.Outbox
                    is [{ Deposited: false }],
            PeerUnderTest.Soon,
            "the store notes the loss"
        );
        await _alice.DisposeAsync();
        _alice = await StartAsync("alice", _alices.Path, _alicesClock);
        await using var bob = await StartBobAsync();

        await ArriveAsync(bob, "before the loss");
        Assert.DoesNotContain(bob.Rest(), @event => @event is PeerEvent.Connected);
    }

    // Each has the other's capability, and Bob is offline. Neither reconnects, so all messages go by mail.
    private async Task ExchangeCapabilitiesAsync(params string[] settings)
    {
        _settings.AddRange(settings);
        await _directory.StartAsync();
        _alice = await StartAsync("alice", _alices.Path, _alicesClock);
        await using (var bob = await StartBobAsync())
        {
            _bobsId = bob.Id;
            await MailPeers.ConnectAsync(_alice, bob);
        }

        _ = await _alice.Expect<PeerEvent.Disconnected>();
    }

    private Task<PeerUnderTest> StartBobAsync(Action<PeerOptions>? change = null) =>
        StartAsync("bob", _bobs.Path, TimeProvider.System, change);

    private Task<PeerUnderTest> StartAsync(
        string name,
        string data,
        TimeProvider timeProvider,
        Action<PeerOptions>? change = null
    ) =>
        PeerUnderTest.StartAsync(
            _directory,
            name,
            options =>
            {
                (options.Ephemeral, options.Data, options.DepositAfter) = (false, data, TimeSpan.FromMilliseconds(200));
                change?.Invoke(options);
            },
            timeProvider: timeProvider
        );

    private MessageState StateOf(string text) =>
        _alice.Messages.Page(Bob, null, null, 100).Messages.Single(message => message.Text == text).State;

    private Task SentAsync(string text) =>
        Eventually.True(() => StateOf(text) == MessageState.Sent, PeerUnderTest.Soon, $"'{text}' is deposited");

    private Task DeliveredAsync(params string[] texts) =>
        Eventually.True(
            () => texts.All(text => StateOf(text) == MessageState.Delivered),
            PeerUnderTest.Soon,
            "the sender has the receipts"
        );

    private static async Task ArriveAsync(PeerUnderTest at, params string[] texts)
    {
        foreach (var text in texts)
        {
            Assert.Equal(text, (await at.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }
    }

    private async Task<bool> ConnectsAsync(PeerUnderTest bob)
    {
        if (_alice.IsConnectedTo(bob))
        {
            return true;
        }

        try
        {
            await _alice.Connections.ConnectAsync(Bob, CancellationToken.None);
        }
        catch (PeerException exception) when (exception.Error is PeerError.AlreadyAsked or PeerError.AlreadyConnected)
        {
            // The attempt is in progress.
        }

        return false;
    }
}
