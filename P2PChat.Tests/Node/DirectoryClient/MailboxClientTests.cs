using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node.Storage;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Mail between two peers by way of a directory, and its failures.</summary>
public sealed class MailboxClientTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _data = new();
    private readonly RestartableDirectory _directory = new()
    {
        Settings = ["Directory:Mailbox:CapabilityEnvelopes=70", "Directory:JoinToken=swordfish"],
    };
    private PeerUnderTest _alice = null!;
    private PeerUnderTest _bob = null!;

    public async Task InitializeAsync()
    {
        await _directory.StartAsync();
        _alice = await PeerUnderTest.StartAsync(
            _directory,
            "alice",
            options => (options.Ephemeral, options.Data, options.JoinToken) = (false, _data.Path, "swordfish"),
            mail: false
        );
        _bob = await PeerUnderTest.StartAsync(_directory, "bob", options => options.JoinToken = "swordfish");
    }

    public async Task DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Mail_is_sealed_deposited_collected_opened_and_deleted()
    {
        var capability = await GrantAsync();
        var prekey = (await _bob.Lookup.FindAsync(_alice.Name, default)).Prekey;
        Assert.NotNull(prekey);
        var envelope = _bob
            .Services.GetRequiredService<PeerIdentity>()
            .Seal([EnvelopeMaker.Message("hello")], _alice.Id, prekey);

        var expires = await ClientOf(_bob).DepositAsync(_alice.Name, capability, envelope, default);

        Assert.InRange(expires, DateTimeOffset.UtcNow.AddDays(13), DateTimeOffset.UtcNow.AddDays(15));
        var page = await ClientOf(_alice).CollectAsync(null, default);
        Assert.Null(page.Next);
        var opened = _alice.Services.GetRequiredService<PrekeyRing>().Open(page.Envelopes.Single().Bytes, _alice.Id);
        Assert.Equal((_bob.Id, "hello"), (opened.Sender, opened.Frames.Single().Message.Text));
        await ClientOf(_alice).DeleteAsync([page.Envelopes[0].Id], default);
        await ClientOf(_alice).DeleteAsync([page.Envelopes[0].Id], default);
        Assert.Empty((await ClientOf(_alice).CollectAsync(null, default)).Envelopes);
    }

    [Fact]
    public async Task Mail_can_be_sealed_for_an_offline_peer()
    {
        var alice = _alice.Id;
        await _alice.DisposeAsync();
        var found = await _bob.Lookup.FindAsync(Username.Parse("alice"), default);
        Assert.False(found.Online);
        Assert.Equal(alice, found.PeerId);
        Assert.NotNull(found.Prekey);

        _alice = await PeerUnderTest.StartAsync(
            _directory,
            "alice",
            options => (options.Ephemeral, options.Data, options.JoinToken) = (false, _data.Path, "swordfish"),
            mail: false
        );
        Assert.Equal(found.Prekey, (await _bob.Lookup.FindAsync(_alice.Name, default)).Prekey);
    }

    [Fact]
    public async Task Ephemeral_peer_has_no_prekey()
    {
        Assert.Null((await _alice.Lookup.FindAsync(_bob.Name, default)).Prekey);
    }

    [Fact]
    public async Task All_pages_are_collected_and_deleted()
    {
        var capability = await GrantAsync();
        foreach (var i in Enumerable.Range(0, 70))
        {
            await ClientOf(_bob).DepositAsync(_alice.Name, capability, [(byte)i], default);
        }

        var first = await ClientOf(_alice).CollectAsync(null, default);
        var second = await ClientOf(_alice).CollectAsync(first.Next, default);
        var all = first.Envelopes.Concat(second.Envelopes).ToList();
        Assert.Equal(Enumerable.Range(0, 70).Select(i => (byte)i), all.Select(envelope => envelope.Bytes.Span[0]));
        Assert.Null(second.Next);
        await ClientOf(_alice).DeleteAsync(all.Select(envelope => envelope.Id), default);
        Assert.Empty((await ClientOf(_alice).CollectAsync(null, default)).Envelopes);
    }

    [Fact]
    public async Task Each_refusal_maps_to_its_failure()
    {
        var capability = await GrantAsync();
        await AssertFailsAsync(DirectoryFailure.CapabilityUnknown, () =>
            ClientOf(_bob).DepositAsync(_alice.Name, MailboxCapability.New(), [1], default)
        );
        await AssertFailsAsync(DirectoryFailure.CapabilityUnknown, () =>
            ClientOf(_bob).DepositAsync(Username.Parse("nobody"), capability, [1], default)
        );
        await AssertFailsAsync(DirectoryFailure.Refused, () =>
            ClientOf(_bob).DepositAsync(_alice.Name, capability, new byte[Envelope.MaxSize + 1], default)
        );
        foreach (var _ in Enumerable.Range(0, 70))
        {
            await ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default);
        }

        var full = await AssertFailsAsync(DirectoryFailure.MailboxFull, () =>
            ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default)
        );
        Assert.Equal(TimeSpan.FromMinutes(5), full.RetryAfter);

        await ClientOf(_alice).RevokeAsync(MailboxCapability.HashOf(capability), default);
        await AssertFailsAsync(DirectoryFailure.CapabilityUnknown, () =>
            ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default)
        );
    }

    [Fact]
    public async Task Lost_lease_is_renewed_by_a_new_registration()
    {
        await _directory.StopAsync();
        await _directory.StartAsync();

        var capability = await GrantAsync();

        await ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default);
        Assert.Single((await ClientOf(_alice).CollectAsync(null, default)).Envelopes);
    }

    [Fact]
    public async Task Unreachable_directory_is_reported()
    {
        var capability = MailboxCapability.New();
        await _directory.StopAsync();
        await AssertFailsAsync(DirectoryFailure.Unreachable, () =>
            ClientOf(_bob).DepositAsync(_alice.Name, capability, [1], default)
        );
    }

    [Fact]
    public async Task Old_prekey_is_replaced_at_once()
    {
        using var data = new TempDirectory();
        var lastWeek = new SettableClock();
        lastWeek.PutForward(TimeSpan.FromDays(-8));
        ulong old;
        using (var store = new OpenedStore(data.Path))
        using (var ring = store.LoadPrekeys(lastWeek))
        {
            old = ring.Current()!.Id;
        }

        await using var carol = await PeerUnderTest.StartAsync(_directory, "carol", options =>
            (options.Ephemeral, options.Data, options.JoinToken) = (false, data.Path, "swordfish")
        );

        var published = (await _bob.Lookup.FindAsync(carol.Name, default)).Prekey;
        Assert.True(published!.Id > old);
    }

    private static MailboxClient ClientOf(PeerUnderTest peer) => peer.Services.GetRequiredService<MailboxClient>();

    private async Task<byte[]> GrantAsync()
    {
        var capability = MailboxCapability.New();
        await ClientOf(_alice).GrantAsync(MailboxCapability.HashOf(capability), default);
        return capability;
    }

    private static async Task<DirectoryException> AssertFailsAsync(DirectoryFailure failure, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<DirectoryException>(call);
        Assert.Equal(failure, exception.Failure);
        return exception;
    }
}
