using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Two peers that meet by an invite, over real links.</summary>
public sealed class InviteTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly List<TempDirectory> _data = [];

    public void Dispose() => _data.ForEach(data => data.Dispose());

    [Fact]
    public async Task Joiner_is_accepted_at_once_and_both_sides_are_verified()
    {
        await using var alice = await StartAsync("alice1");
        await using var bob = await StartAsync("bob1");
        var invite = await InviteAsync(alice);
        Assert.Equal(JoinOutcome.Connecting, await JoinAsync(bob, invite.Link!));
        _ = await bob.Expect<PeerEvent.Connected>();
        var used = await alice.Expect<PeerEvent.InviteUsed>();

        Assert.Equal((bob.Name, bob.Id, invite.Invite.ShortId), (used.By, used.Key, used.InviteId));
        Assert.Empty(alice.Rest().OfType<PeerEvent.Request>());
        Assert.Equal((VerifiedBy.Invite, true), Mark(alice, bob));
        Assert.Equal((VerifiedBy.Invite, false), Mark(bob, alice));
        var view = Assert.Single(alice.Invites.All);
        Assert.Equal((InviteValidity.Used, null), (view.Validity, view.Link));
        Assert.Equal([(bob.Id, bob.Name)], view.Invite.Joined.Select(use => (use.Key, use.Name)));
        await Eventually.True(
            () => bob.Services.GetRequiredService<JoinedInvites>().Find(alice.Id) is { IsConfirmed: true },
            PeerUnderTest.Soon,
            "the invite is confirmed, and its secret forgotten"
        );
    }

    [Fact]
    public async Task Invite_for_several_people_does_not_verify_its_joiners()
    {
        await using var alice = await StartAsync("alice2");
        await using var bob = await StartAsync("bob2");
        var invite = await InviteAsync(alice, uses: 2);
        _ = await JoinAsync(bob, invite.Link!);
        _ = await alice.Expect<PeerEvent.InviteUsed>();

        Assert.Equal((VerifiedBy.None, true), Mark(alice, bob));
        Assert.Equal((VerifiedBy.Invite, false), Mark(bob, alice));
        Assert.Equal(InviteValidity.Open, Assert.Single(alice.Invites.All).Validity);
    }

    [Fact]
    public async Task Used_invite_is_told_to_its_holder_and_becomes_a_marked_request()
    {
        await using var alice = await StartAsync("alice3");
        await using var bob = await StartAsync("bob3");
        await using var carol = await StartAsync("carol3");
        var link = (await InviteAsync(alice)).Link!;
        _ = await JoinAsync(bob, link);
        _ = await alice.Expect<PeerEvent.InviteUsed>();

        _ = await JoinAsync(carol, link);
        Assert.Equal(
            new PeerEvent.InviteRefused(alice.Name, InviteValidity.Used),
            await carol.Expect<PeerEvent.InviteRefused>()
        );
        var request = await alice.Expect<PeerEvent.Request>();
        Assert.Equal((carol.Name, InviteValidity.Used), (request.From, request.RefusedInvite));
        Assert.Equal(InviteValidity.Used, Assert.Single(alice.Connections.Requests).RefusedInvite);

        alice.Connections.Accept(carol.Name);
        _ = await carol.Expect<PeerEvent.Connected>();
        Assert.Equal((VerifiedBy.None, false), Mark(alice, carol));
    }

    [Fact]
    public async Task Revoked_and_expired_invites_become_requests()
    {
        var clock = new SettableClock();
        await using var alice = await StartAsync("alice4", clock: clock);
        await using var bob = await StartAsync("bob4");
        var revoked = await InviteAsync(alice);
        // Made eight days ago, because with a wrong clock nobody could connect.
        clock.PutForward(-TimeSpan.FromDays(8));
        var expired = await InviteAsync(alice);
        clock.PutForward(TimeSpan.FromDays(8));
        await alice.Invites.RevokeAsync(revoked.Invite.ShortId.ToLowerInvariant());
        _ = await JoinAsync(bob, revoked.Link!);
        Assert.Equal(InviteValidity.Revoked, (await bob.Expect<PeerEvent.InviteRefused>()).Reason);
        Assert.Equal(InviteValidity.Revoked, (await alice.Expect<PeerEvent.Request>()).RefusedInvite);
        bob.Connections.Disconnect(alice.Name);
        _ = await alice.Expect<PeerEvent.RequestWithdrawn>();

        _ = await JoinAsync(bob, expired.Link!);
        Assert.Equal(InviteValidity.Expired, (await bob.Expect<PeerEvent.InviteRefused>()).Reason);
        Assert.Equal(InviteValidity.Expired, (await alice.Expect<PeerEvent.Request>()).RefusedInvite);
    }

    [Fact]
    public async Task Wrong_secret_is_an_ordinary_request()
    {
        await using var alice = await StartAsync("alice5");
        await using var bob = await StartAsync("bob5");
        var link = (await InviteAsync(alice)).Link!;
        _ = await JoinAsync(bob, link with { Secret = InviteSecret.New() });

        Assert.Null((await alice.Expect<PeerEvent.Request>()).RefusedInvite);
        alice.Connections.Accept(bob.Name);
        _ = await bob.Expect<PeerEvent.Connected>();
        Assert.Empty(bob.Rest().OfType<PeerEvent.InviteRefused>());
        Assert.Equal((VerifiedBy.None, false), Mark(alice, bob));
        Assert.Equal(InviteValidity.Open, Assert.Single(alice.Invites.All).Validity);
    }

    [Fact]
    public async Task Guessing_secrets_is_limited()
    {
        await using var alice = await StartAsync("alice6", options => options.RequestsPerMinutePerPeer = 100);
        using var guesser = new RawPeer("guesser6");
        await guesser.RegisterAsync(directory);
        var secret = (await InviteAsync(alice)).Link!.Secret;
        for (var guess = 0; guess < InviteGuesses.MaxPerPeer; guess++)
        {
            using var wrong = await guesser.AskAsync(alice, request: Request(alice, guesser, InviteSecret.New()));
            Assert.Null((await alice.Expect<PeerEvent.Request>()).RefusedInvite);
        }

        using var right = await guesser.AskAsync(alice, request: Request(alice, guesser, secret));
        _ = await alice.Expect<PeerEvent.Request>();
        Assert.Equal(InviteValidity.Open, Assert.Single(alice.Invites.All).Validity);
    }

    [Fact]
    public async Task Block_overrides_an_invite()
    {
        await using var alice = await StartAsync("alice7");
        using var bob = new RawPeer("bob7");
        await bob.RegisterAsync(directory);
        var secret = (await InviteAsync(alice)).Link!.Secret;
        await alice.Contacts.BlockAsync(bob.Name, CancellationToken.None);

        using var link = await bob.AskAsync(alice, request: Request(alice, bob, secret));
        using var stranger = new RawPeer("stranger7");
        await stranger.RegisterAsync(directory);
        using var other = await stranger.AskAsync(alice);
        // The stranger's request arrived later, so the blocked one has been decided on.
        Assert.Equal(stranger.Name, (await alice.Expect<PeerEvent.Request>()).From);
        Assert.Equal(InviteValidity.Open, Assert.Single(alice.Invites.All).Validity);
        Assert.False(alice.StoredContacts.Find(bob.Name)!.JoinedByInvite);
    }

    [Theory]
    [InlineData(AcceptMode.None)]
    [InlineData(AcceptMode.Contacts)]
    public async Task Invite_is_accepted_by_a_peer_that_rejects_strangers(AcceptMode mode)
    {
        await using var alice = await StartAsync($"alice8{(int)mode}", options => options.Accept = mode);
        await using var bob = await StartAsync($"bob8{(int)mode}");
        _ = await JoinAsync(bob, (await InviteAsync(alice)).Link!);
        _ = await bob.Expect<PeerEvent.Connected>();
    }

    [Fact]
    public async Task Altered_own_and_foreign_links_are_refused()
    {
        await using var alice = await StartAsync("alice9");
        await using var bob = await StartAsync("bob9");
        var link = (await InviteAsync(alice)).Link!;
        var text = link.ToString();

        // Each field with one character altered, and the link cut off.
        foreach (
            var at in new[] { text.IndexOf("127", StringComparison.Ordinal), text.IndexOf('#') + 3, text.Length - 60 }
        )
        {
            var altered = text[..at] + (text[at] is 'b' or 'B' ? 'C' : 'B') + text[(at + 1)..];
            await AssertRefusedAsync(bob, altered, PeerError.BadInvite);
        }

        await AssertRefusedAsync(bob, text[..^1] + (text[^1] == 'B' ? 'C' : 'B'), PeerError.BadInvite);
        await AssertRefusedAsync(bob, text[..^1], PeerError.BadInvite);
        await AssertRefusedAsync(bob, text[..text.IndexOf('#')], PeerError.BadInvite);
        await AssertRefusedAsync(bob, "", PeerError.BadInvite);
        await AssertRefusedAsync(alice, text, PeerError.OwnInvite);
        await AssertRefusedAsync(
            bob,
            (link with { Directory = new Uri("https://other.example") }).ToString(),
            PeerError.OtherDirectory
        );
        await AssertRefusedAsync(bob, (link with { Inviter = bob.Name }).ToString(), PeerError.OwnInvite);
        Assert.Empty(bob.StoredContacts.List());
    }

    [Fact]
    public async Task Link_never_changes_an_existing_pin()
    {
        await using var alice = await StartAsync("alice10");
        await using var bob = await StartAsync("bob10");
        using var pinned = PeerIdentity.Create();
        bob.StoredContacts.Remember(alice.Name, pinned.PeerId);
        var link = (await InviteAsync(alice)).Link!;

        var refusal = await Assert.ThrowsAsync<PeerException>(() => JoinAsync(bob, link));
        Assert.Equal((PeerError.KeyChanged, alice.Id), (refusal.Error, refusal.OtherKey));
        Assert.Equal(KeyWarning.For(alice.Name, alice.Id), refusal.Message);
        Assert.Equal((pinned.PeerId, VerifiedBy.None), KeyOf(bob, alice.Name));
        Assert.Empty(bob.Services.GetRequiredService<JoinedInvites>().All);
    }

    [Fact]
    public async Task Invite_waits_for_a_directory_that_is_away()
    {
        await using var other = new RestartableDirectory();
        await other.StartAsync();
        string link;
        using var data = new TempDirectory();
        await using (var alice = await StartAsync("alice11", at: other, data: data.Path))
        {
            link = (await InviteAsync(alice)).Link!.ToString();
        }

        await using var bob = await StartAsync("bob11", options => options.Reconnect = true, at: other);
        await other.StopAsync();
        Assert.Equal(JoinOutcome.Waiting, await JoinAsync(bob, InviteOf(link)));
        Assert.Equal(VerifiedBy.Invite, bob.StoredContacts.List().Single().VerifiedBy);
        _ = bob.Messages.Send(Username.Parse("alice11"), "queued before the first contact");

        await other.StartAsync();
        await using var again = await StartAsync("alice11", at: other, data: data.Path);
        Assert.Equal("queued before the first contact", (await again.Expect<PeerEvent.MessageReceived>()).Message.Text);
        _ = await again.Expect<PeerEvent.InviteUsed>();
    }

    [Fact]
    public async Task Link_given_at_the_start_is_applied_once()
    {
        await using var alice = await StartAsync("alice12");
        var link = (await InviteAsync(alice)).Link!.ToString();
        using var data = new TempDirectory();
        Action<PeerOptions> joins = options => (options.InviteLink, options.Reconnect) = (link, true);
        await using (var bob = await StartAsync("bob12", joins, data: data.Path))
        {
            _ = await bob.Expect<PeerEvent.Connected>();
            _ = await alice.Expect<PeerEvent.InviteUsed>();
            Assert.Equal((VerifiedBy.Invite, false), Mark(bob, alice));
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        await using var again = await StartAsync("bob12", joins, data: data.Path);
        _ = await again.Expect<PeerEvent.Connected>();
        Assert.Single(Assert.Single(alice.Invites.All).Invite.Joined);
    }

    [Fact]
    public async Task Bad_link_at_the_start_ends_the_start()
    {
        var refusal = await Assert.ThrowsAsync<PeerStartException>(() =>
            StartAsync("bob13", options => options.InviteLink = "https://chat.example/i#1.alice.cut")
        );
        Assert.Equal(InviteLinkText.Of(InviteLinkError.Damaged), refusal.Message);
    }

    [Fact]
    public async Task Restoring_a_backup_voids_open_invites()
    {
        using var data = new TempDirectory();
        InviteLink link;
        await using (var alice = await StartAsync("alice14", data: data.Path))
        {
            link = (await InviteAsync(alice)).Link!;
        }

        using (var opened = DataDirectory.Open(data.Path))
        {
            RestoredMarker.Write(opened, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
        }

        await using var restored = await StartAsync("alice14", data: data.Path);
        Assert.Equal(InviteValidity.Void, Assert.Single(restored.Invites.All).Validity);
        await using var bob = await StartAsync("bob14");
        _ = await JoinAsync(bob, link);
        Assert.Equal(InviteValidity.Revoked, (await bob.Expect<PeerEvent.InviteRefused>()).Reason);
    }

    [Fact]
    public async Task Being_an_older_copy_voids_open_invites()
    {
        await using var alice = await StartAsync("alice15");
        using var bob = new RawPeer("bob15");
        await bob.RegisterAsync(directory);
        _ = await InviteAsync(alice);
        var joining = (await InviteAsync(alice)).Link!;
        using var link = await bob.AskAsync(alice, request: Request(alice, bob, joining.Secret));
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
        var resume = (await link.ExpectAsync(Frame.BodyOneofCase.Resume)).Resume;
        // Bob has received more than Alice knows to have sent.
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = RawLink.Epoch,
                    SendBase = 1,
                    ReceiveEpoch = resume.SendEpoch,
                    ReceiveNext = 5,
                },
            }
        );
        await Eventually.True(
            () => alice.Invites.All.Count(view => view.Validity == InviteValidity.Void) == 1,
            PeerUnderTest.Soon,
            "the open invite is void"
        );
        Assert.Equal(1, alice.Invites.All.Count(view => view.Validity == InviteValidity.Used));
    }

    [Fact]
    public async Task Repeated_idempotency_key_returns_the_same_invite()
    {
        await using var alice = await StartAsync("alice16");
        var first = await alice.Invites.CreateAsync(1, 7, "key");
        Assert.Equal(first.Invite, (await alice.Invites.CreateAsync(1, 7, "key")).Invite);
        Assert.Equal(
            PeerError.KeyReused,
            (await Assert.ThrowsAsync<PeerException>(() => alice.Invites.CreateAsync(2, 7, "key"))).Error
        );
        Assert.Single(alice.Invites.All);
        foreach (var (uses, days) in new[] { (0, 7), (101, 7), (1, 0), (1, 91) })
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(() => alice.Invites.CreateAsync(uses, days));
            Assert.Equal(PeerError.CannotInvite, refusal.Error);
        }

        Assert.Equal(
            PeerError.UnknownInvite,
            (await Assert.ThrowsAsync<PeerException>(() => alice.Invites.RevokeAsync("nothing"))).Error
        );
    }

    [Fact]
    public async Task Ephemeral_peer_cannot_invite()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice17");
        var refusal = await Assert.ThrowsAsync<PeerException>(() => alice.Invites.CreateAsync(1, 7));
        Assert.Equal(PeerError.CannotInvite, refusal.Error);
    }

    [Fact]
    public async Task Invite_names_the_configured_directory_address()
    {
        await using var alice = await StartAsync("alice18", options =>
            options.InviteDirectory = new Uri("https://chat.example.org/")
        );
        var view = await InviteAsync(alice);
        Assert.Equal(("https://chat.example.org/", false), (view.Link!.Directory.AbsoluteUri, view.LocalNetworkOnly));
    }

    private async Task<PeerUnderTest> StartAsync(
        string name,
        Action<PeerOptions>? change = null,
        RestartableDirectory? at = null,
        string? data = null,
        TimeProvider? clock = null
    )
    {
        if (data is null)
        {
            _data.Add(new TempDirectory());
            data = _data[^1].Path;
        }

        return await PeerUnderTest.StartAsync(
            at ?? directory,
            name,
            options =>
            {
                (options.Ephemeral, options.Data) = (false, data);
                options.ReconnectAfter = TimeSpan.FromMilliseconds(100);
                options.ReconnectAtMost = TimeSpan.FromMilliseconds(500);
                change?.Invoke(options);
            },
            timeProvider: clock
        );
    }

    private static Task<InviteView> InviteAsync(PeerUnderTest peer, int uses = 1) =>
        peer.Invites.CreateAsync(uses, days: 7);

    private static async Task<JoinOutcome> JoinAsync(PeerUnderTest peer, InviteLink link) =>
        (await peer.Invites.JoinAsync(link.ToString(), CancellationToken.None)).Outcome;

    private static InviteLink InviteOf(string text)
    {
        Assert.Equal(InviteLinkError.None, InviteLink.TryParse(text, out var link));
        return link!;
    }

    private static async Task AssertRefusedAsync(PeerUnderTest peer, string link, PeerError error)
    {
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            peer.Invites.JoinAsync(link, CancellationToken.None)
        );
        Assert.Equal(error, refusal.Error);
    }

    private static Request Request(PeerUnderTest inviter, RawPeer joiner, InviteSecret secret) =>
        new()
        {
            InviteId = ByteString.CopyFrom(secret.Id.Span),
            InviteProof = ByteString.CopyFrom(
                InviteProof.Compute(
                    secret,
                    inviter.Services.GetRequiredService<DirectoryRegistration>().DirectoryId,
                    inviter.Id,
                    joiner.Id,
                    joiner.Name
                )
            ),
        };

    private static (VerifiedBy, bool) Mark(PeerUnderTest peer, PeerUnderTest contact)
    {
        var found = peer.StoredContacts.Find(contact.Name)!;
        Assert.Equal(contact.Id, found.PeerId);
        return (found.VerifiedBy, found.JoinedByInvite);
    }

    private static (PeerId?, VerifiedBy) KeyOf(PeerUnderTest peer, Username name) =>
        (peer.StoredContacts.Find(name)!.PeerId, peer.StoredContacts.Find(name)!.VerifiedBy);
}
