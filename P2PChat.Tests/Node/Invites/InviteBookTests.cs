using System.Security.Cryptography;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Node.Invites;

public sealed class InviteBookTests : IDisposable
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");
    private static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);
    private static readonly PeerId CarolsKey = PeerId.FromHash([8, .. new byte[PeerId.Size - 1]]);

    private readonly TempDirectory _temp = new();
    private readonly SettableClock _clock = new();
    private readonly byte[] _directory = RandomNumberGenerator.GetBytes(16);
    private OpenedStore _opened;
    private InviteBook _book;

    public InviteBookTests()
    {
        _opened = new OpenedStore(_temp.Path);
        _book = NewBook();
    }

    public void Dispose()
    {
        _opened.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Right_proof_is_valid_and_wrong_ones_are_unknown()
    {
        var invite = await CreateAsync(uses: 1);
        Assert.Equal(new InviteCheck(InviteResult.Valid, invite), Check(invite, BobsKey, Bob));

        var proof = Proof(invite, BobsKey, Bob);
        Assert.Equal(default, _book.Check(invite.Secret.Id.Span, proof, CarolsKey, Bob));
        Assert.Equal(default, _book.Check(invite.Secret.Id.Span, proof, BobsKey, Carol));
        Assert.Equal(default, _book.Check(InviteSecret.New().Id.Span, proof, BobsKey, Bob));
        Assert.Equal(default, _book.Check(invite.Secret.Id.Span, proof.AsSpan(1), BobsKey, Bob));
        Assert.Equal(default, _book.Check([], [], BobsKey, Bob));
        // The first characters are the same, so this finds the invite.
        byte[] similar = [.. invite.Secret.Id.ToArray()[..15], (byte)~invite.Secret.Id.Span[15]];
        Assert.Equal(default, _book.Check(similar, proof, BobsKey, Bob));
    }

    [Fact]
    public async Task Proof_for_another_directory_is_unknown()
    {
        var invite = await CreateAsync(uses: 1);
        var proof = InviteProof.Compute(invite.Secret, new byte[16], _opened.Identity.PeerId, BobsKey, Bob);
        Assert.Equal(default, _book.Check(invite.Secret.Id.Span, proof, BobsKey, Bob));
    }

    [Fact]
    public async Task Used_revoked_expired_and_void_invites_are_told_apart()
    {
        var (used, revoked) = (await CreateAsync(uses: 1), await CreateAsync(uses: 1));
        Assert.True(_book.TryUse(used, BobsKey, Bob));
        Assert.Equal(InviteResult.Used, Check(used, CarolsKey, Carol).Result);
        // The same key may come again.
        Assert.Equal(InviteResult.Valid, Check(used, BobsKey, Bob).Result);

        Assert.Equal(InviteValidity.Revoked, (await _book.RevokeAsync(revoked.ShortId))!.EndedAs);
        Assert.Equal(InviteResult.Revoked, Check(revoked, CarolsKey, Carol).Result);
        Assert.Null(await _book.RevokeAsync("AAAAAAAA"));

        var expired = await CreateAsync(uses: 1);
        _clock.PutForward(TimeSpan.FromDays(7));
        Assert.Equal(InviteResult.Expired, Check(expired, CarolsKey, Carol).Result);

        var voided = await CreateAsync(uses: 1);
        Assert.Equal(1, await _book.VoidOpenAsync());
        Assert.Equal(InviteResult.Revoked, Check(voided, CarolsKey, Carol).Result);
        Assert.Equal(
            [InviteValidity.Void, InviteValidity.Expired, InviteValidity.Revoked, InviteValidity.Expired],
            new[] { voided, expired, revoked, used }.Select(invite => Find(invite).ValidityAt(_clock.GetUtcNow()))
        );
    }

    [Fact]
    public async Task Last_use_goes_to_one_of_many_joiners()
    {
        var invite = await CreateAsync(uses: 3);
        var joiners = Enumerable.Range(1, 32).Select(n => PeerId.FromHash([(byte)n, .. new byte[PeerId.Size - 1]]));
        var results = await Task.WhenAll(
            joiners.Select((key, n) => Task.Run(() => _book.TryUse(invite, key, Username.Parse($"joiner{n}"))))
        );
        Assert.Equal(3, results.Count(isAccepted => isAccepted));
    }

    [Fact]
    public async Task Same_key_again_spends_no_second_use()
    {
        var invite = await CreateAsync(uses: 2);
        Assert.True(_book.TryUse(invite, BobsKey, Bob));
        Assert.True(_book.TryUse(invite, BobsKey, Bob));
        Assert.True(_book.TryUse(invite, CarolsKey, Carol));
        Assert.Equal([BobsKey, CarolsKey], Find(invite).Joined.Select(use => use.Key));
    }

    [Fact]
    public async Task Acceptance_stores_the_use_and_the_mark_together()
    {
        var invite = await CreateAsync(uses: 1);
        var several = await CreateAsync(uses: 2);
        Assert.True(_book.TryUse(invite, BobsKey, Bob));
        await AcceptAsync(BobsKey, Bob, invite);
        await AcceptAsync(CarolsKey, Carol, several);

        Reopen();
        Assert.Equal([(BobsKey, Bob)], Find(invite).Joined.Select(use => (use.Key, use.Name)));
        using var contacts = _opened.LoadContacts();
        Assert.Equal(
            [(Bob, VerifiedBy.Invite, true), (Carol, VerifiedBy.None, true)],
            contacts.List().Select(contact => (contact.Name, contact.VerifiedBy, contact.JoinedByInvite))
        );
    }

    [Fact]
    public async Task Use_that_was_not_stored_is_given_back()
    {
        var invite = await CreateAsync(uses: 1);
        Assert.True(_book.TryUse(invite, BobsKey, Bob));
        _book.Release(BobsKey);
        Assert.True(_book.TryUse(invite, CarolsKey, Carol));
        await AcceptAsync(CarolsKey, Carol, invite);
        _book.Release(CarolsKey);
        Assert.Equal(CarolsKey, Find(invite).Joined.Single().Key);
    }

    [Fact]
    public async Task Invites_survive_a_restart()
    {
        var (open, revoked) = (await CreateAsync(uses: 5), await CreateAsync(uses: 1));
        _ = await _book.RevokeAsync(revoked.ShortId);
        Reopen();
        Assert.Equal(InviteResult.Valid, Check(open, BobsKey, Bob).Result);
        Assert.Equal(InviteResult.Revoked, Check(revoked, BobsKey, Bob).Result);
        Assert.Equal(
            (5, Convert.ToHexString(open.Secret.Bytes)),
            (Find(open).Uses, Convert.ToHexString(Find(open).Secret.Bytes))
        );
    }

    [Fact]
    public async Task Open_invites_are_limited_to_100()
    {
        for (var i = 0; i < InviteBook.MaxOpen; i++)
        {
            _ = await CreateAsync(uses: 1);
        }

        var refusal = await Assert.ThrowsAsync<PeerException>(() => CreateAsync(uses: 1));
        Assert.Equal(PeerError.TooManyInvites, refusal.Error);
        _ = await _book.RevokeAsync(_book.List()[0].ShortId);
        _ = await CreateAsync(uses: 1);
    }

    [Fact]
    public async Task Ended_invites_are_deleted_after_30_days()
    {
        var old = await CreateAsync(uses: 1);
        _clock.PutForward(TimeSpan.FromDays(37) - TimeSpan.FromMinutes(1));
        var revoked = await CreateAsync(uses: 1);
        _ = await _book.RevokeAsync(revoked.ShortId);
        Assert.Equal(2, _book.List().Count);

        _clock.PutForward(TimeSpan.FromMinutes(1));
        await _book.DeleteOldAsync();
        Assert.DoesNotContain(_book.List(), invite => invite.ShortId == old.ShortId);
        _clock.PutForward(TimeSpan.FromDays(30));
        await _book.DeleteOldAsync();
        Reopen();
        Assert.Empty(_book.List());
    }

    private Task<Invite> CreateAsync(int uses) => _book.CreateAsync(uses, TimeSpan.FromDays(7));

    private Invite Find(Invite invite) => _book.List().Single(other => other.ShortId == invite.ShortId);

    private InviteCheck Check(Invite invite, PeerId joiner, Username name) =>
        _book.Check(invite.Secret.Id.Span, Proof(invite, joiner, name), joiner, name);

    private byte[] Proof(Invite invite, PeerId joiner, Username name) =>
        InviteProof.Compute(invite.Secret, _directory, _opened.Identity.PeerId, joiner, name);

    private async Task AcceptAsync(PeerId key, Username name, Invite invite)
    {
        var committed = new TaskCompletionSource();
        var writer = new ConversationWriter(
            _opened.Store.Writer,
            key,
            epoch: 1,
            _ => committed.TrySetResult(),
            committed.SetException
        );
        _ = writer.Add(new Change.Accepted(name, invite.Secret.Id), key: null);
        await committed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private InviteBook NewBook() =>
        new(
            _opened.Store,
            _opened.Identity,
            new DirectoryRegistration(new EventLog()) { DirectoryId = _directory },
            _clock
        );

    private void Reopen()
    {
        _opened.Dispose();
        _opened = new OpenedStore(_temp.Path);
        _book = NewBook();
    }
}
