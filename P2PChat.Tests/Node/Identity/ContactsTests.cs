using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Node.Identity;

public sealed class ContactsTests : IDisposable
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly TempDirectory _temp = new();
    private readonly PeerId _key = NewKey();

    [Fact]
    public void Nickname_mark_and_block_survive_a_restart()
    {
        using (var store = new OpenedStore(_temp.Path))
        using (var contacts = store.LoadContacts())
        {
            contacts.Remember(Bob, _key);
            Assert.True(contacts.SetNickname(Bob, "the builder"));
            Assert.True(contacts.SetVerified(Bob, _key));
            contacts.Block(Bob, _key);
        }

        using var again = new OpenedStore(_temp.Path);
        using var loaded = again.LoadContacts();
        Assert.Equal([new Contact(Bob, _key, "the builder", VerifiedBy.Comparison, Blocked: true)], loaded.List());
    }

    [Fact]
    public void Invite_verifies_a_key_but_never_changes_a_pin()
    {
        using (var store = new OpenedStore(_temp.Path))
        using (var contacts = store.LoadContacts())
        {
            var other = NewKey();
            Assert.True(contacts.PinInviter(Bob, _key));
            Assert.False(contacts.PinInviter(Bob, other));
            Assert.Equal(_key, contacts.Find(Bob)!.PeerId);

            contacts.Remember(Carol, other, VerifiedBy.Invite, joinedByInvite: true);
            Assert.True(contacts.SetVerified(Carol, other));
            // A later invite does not undo the comparison.
            Assert.True(contacts.PinInviter(Carol, other));
        }

        using var again = new OpenedStore(_temp.Path);
        using var loaded = again.LoadContacts();
        Assert.Equal(
            [(Bob, VerifiedBy.Invite, false), (Carol, VerifiedBy.Comparison, true)],
            loaded.List().Select(contact => (contact.Name, contact.VerifiedBy, contact.JoinedByInvite))
        );
    }

    [Fact]
    public void Trusted_key_clears_the_mark_and_keeps_the_nickname()
    {
        using var contacts = Load();
        var other = NewKey();
        contacts.Remember(Bob, _key);
        _ = contacts.SetNickname(Bob, "the builder");
        Assert.False(contacts.SetVerified(Bob, other));
        Assert.True(contacts.SetVerified(Bob, _key));
        Assert.Equal(PinCheck.Changed, contacts.Check(Bob, other));

        contacts.NoteOtherKey(Bob, other);
        Assert.True(contacts.Trust(Bob, other));
        Assert.Equal(new Contact(Bob, other, "the builder", VerifiedBy.None, Blocked: false), contacts.Find(Bob));
    }

    [Fact]
    public void Trust_accepts_only_a_key_from_a_warning()
    {
        using var contacts = Load();
        var (warned, other) = (NewKey(), NewKey());
        contacts.Remember(Bob, _key);
        contacts.NoteOtherKey(Bob, warned);

        Assert.False(contacts.Trust(Bob, other));
        Assert.True(contacts.Trust(Bob, warned));
        Assert.Equal((PinCheck.Same, PinCheck.Changed), (contacts.Check(Bob, warned), contacts.Check(Bob, other)));
        Assert.Empty(contacts.Find(Bob)!.OtherKeys);
    }

    [Fact]
    public void Warned_keys_survive_a_restart()
    {
        var (warned, newest) = (NewKey(), NewKey());
        using (var store = new OpenedStore(_temp.Path))
        using (var before = store.LoadContacts())
        {
            before.Remember(Bob, _key);
            before.NoteOtherKey(Bob, warned);
            before.NoteOtherKey(Bob, newest);
        }

        using var again = new OpenedStore(_temp.Path);
        using var contacts = again.LoadContacts();
        Assert.Equal([warned, newest], contacts.Find(Bob)!.OtherKeys);
        Assert.True(contacts.Trust(Bob, warned));
    }

    [Fact]
    public void Warned_keys_are_bounded_and_cleared_by_the_pinned_key()
    {
        using var contacts = Load();
        contacts.Remember(Bob, _key);
        var keys = Enumerable.Range(0, 6).Select(_ => NewKey()).ToList();
        foreach (var key in keys)
        {
            contacts.NoteOtherKey(Bob, key);
        }

        Assert.Equal(keys[2..], contacts.Find(Bob)!.OtherKeys);

        contacts.Remember(Bob, _key);
        Assert.Empty(contacts.Find(Bob)!.OtherKeys);
    }

    [Fact]
    public void Block_applies_to_the_name_and_to_its_key_under_any_name()
    {
        using var contacts = Load();
        contacts.Remember(Bob, _key);
        var raised = new List<(Username, PeerId, bool)>();
        contacts.BlockChanged += (name, key, blocked) => raised.Add((name, key, blocked));

        contacts.Block(Bob, NewKey());
        contacts.Block(Bob, NewKey());
        Assert.True(contacts.IsBlocked(Bob, NewKey()));
        Assert.True(contacts.IsBlocked(Carol, _key));
        Assert.False(contacts.IsBlocked(Carol, NewKey()));
        Assert.False(contacts.IsKnown(Bob, _key));
        Assert.Equal(
            (PinCheck.NotPinned, PinCheck.NotPinned),
            (contacts.Check(Bob, _key), contacts.Check(Bob, NewKey()))
        );

        Assert.True(contacts.Unblock(Bob));
        Assert.False(contacts.Unblock(Bob));
        Assert.True(contacts.IsKnown(Bob, _key));
        Assert.Equal([(Bob, _key, true), (Bob, _key, false)], raised);
    }

    [Fact]
    public void Blocked_contact_cannot_be_trusted_with_another_key()
    {
        using var contacts = Load();
        contacts.Remember(Bob, _key);
        var other = NewKey();
        contacts.NoteOtherKey(Bob, other);
        contacts.Block(Bob, _key);

        Assert.False(contacts.Trust(Bob, other));
        Assert.Equal(_key, contacts.Find(Bob)!.PeerId);
        Assert.True(contacts.IsBlocked(Carol, _key));

        Assert.True(contacts.Unblock(Bob));
        Assert.True(contacts.Trust(Bob, other));
    }

    [Fact]
    public void Unblocked_stranger_is_forgotten_except_for_its_sequence()
    {
        var store = new FakeContactStore();
        using var contacts = Load(store);
        Assert.True(contacts.NoteSequence(Bob, 5, DateTimeOffset.UtcNow));
        contacts.Block(Bob, _key);
        Assert.True(contacts.IsBlocked(Bob));
        Assert.True(contacts.Unblock(Bob));
        Assert.False(contacts.IsKnown(Bob, _key));
        Assert.Null(contacts.Find(Bob));
        Assert.Empty(store.Saved);
        Assert.False(contacts.NoteSequence(Bob, 4, DateTimeOffset.UtcNow));
    }

    [Fact]
    public void Block_is_saved_after_its_handlers_have_run()
    {
        var store = new FakeContactStore();
        using var contacts = Load(store);
        contacts.Remember(Bob, _key);
        contacts.Flush();
        contacts.BlockChanged += (_, _, _) =>
        {
            contacts.Flush();
            Assert.False(store.Saved[Bob].Blocked);
        };

        contacts.Block(Bob, _key);

        Assert.True(store.Saved[Bob].Blocked);
    }

    [Fact]
    public void Block_is_saved_though_a_handler_fails()
    {
        var store = new FakeContactStore();
        using var contacts = Load(store);
        contacts.BlockChanged += (_, _, _) => throw new InvalidOperationException();

        Assert.Throws<InvalidOperationException>(() => contacts.Block(Bob, _key));
        contacts.Block(Bob, _key);

        Assert.True(store.Saved[Bob].Blocked);
    }

    [Fact]
    public async Task Flush_waits_for_the_disk_and_changes_do_not()
    {
        using var disk = new ManualResetEventSlim();
        var (store, saves) = (new FakeContactStore(), 0);
        store.Saving = () =>
        {
            _ = Interlocked.Increment(ref saves);
            Assert.True(disk.Wait(PeerUnderTest.Soon));
        };
        using var contacts = Load(store);

        contacts.Remember(Bob, _key);
        contacts.Remember(Carol, _key);
        var flushing = Task.Run(contacts.Flush);
        await Eventually.True(() => Volatile.Read(ref saves) > 0, PeerUnderTest.Soon, "it is being saved");
        Assert.False(flushing.IsCompleted);

        disk.Set();
        await flushing.WaitAsync(PeerUnderTest.Soon);
        Assert.Equal(2, store.Saved.Count);
        Assert.InRange(saves, 1, 2);
    }

    [Fact]
    public void Block_and_trust_return_when_they_are_saved()
    {
        var store = new FakeContactStore();
        using var contacts = Load(store);
        contacts.Block(Bob, _key);
        Assert.True(store.Saved[Bob].Blocked);

        contacts.Remember(Carol, _key);
        var other = NewKey();
        contacts.NoteOtherKey(Carol, other);
        _ = contacts.Trust(Carol, other);
        Assert.Equal(other, store.Saved[Carol].PeerId);
    }

    [Fact]
    public void Unsaved_change_is_in_effect_and_is_saved_later()
    {
        var store = new FakeContactStore { Saving = () => throw new IOException() };
        using var contacts = Load(store);
        Assert.Throws<IOException>(() => contacts.Block(Bob, _key));
        Assert.True(contacts.IsBlocked(Bob));

        store.Saving = () => { };
        contacts.Flush();
        Assert.True(store.Saved[Bob].Blocked);
    }

    [Fact]
    public async Task Failure_to_save_and_its_end_are_logged_once_each()
    {
        using var log = new LogCapture();
        using var loggers = new LoggerFactory([log]);
        var store = new FakeContactStore { Saving = () => throw new IOException() };
        using (var contacts = new Contacts(store, loggers.CreateLogger<Contacts>()))
        {
            for (var i = 0; i < 5; i++)
            {
                _ = contacts.NextOwnSequence(DateTimeOffset.UnixEpoch);
                Assert.Throws<IOException>(contacts.Flush);
            }

            await Eventually.True(() => log.Warnings.Any(), PeerUnderTest.Soon, "the failure is logged");
            store.Saving = () => { };
            await Eventually.True(
                () =>
                {
                    _ = contacts.NextOwnSequence(DateTimeOffset.UnixEpoch);
                    return log.Warnings.Contains("The contacts can be saved again.");
                },
                PeerUnderTest.Soon,
                "the end is logged"
            );
        }

        Assert.Equal(2, log.Warnings.Count());
    }

    public void Dispose() => _temp.Dispose();

    private static Contacts Load(IContactStore? store = null) => new(store, NullLogger<Contacts>.Instance);

    private static PeerId NewKey()
    {
        using var identity = PeerIdentity.Create();
        return identity.PeerId;
    }
}
