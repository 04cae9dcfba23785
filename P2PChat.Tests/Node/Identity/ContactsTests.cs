using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Identity;

/// <summary>What a person thinks of others, and how it is kept.</summary>
public sealed class ContactsTests : IDisposable
{
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly TempDirectory _temp = new();
    private readonly PeerId _key = NewKey();

    [Fact]
    public void What_is_noted_outlives_the_peer()
    {
        using (var data = DataDirectory.Open(_temp.Path))
        using (var contacts = Load(data))
        {
            contacts.Remember(Bob, _key);
            Assert.True(contacts.SetNickname(Bob, "the builder"));
            Assert.True(contacts.SetVerified(Bob, _key));
            contacts.Block(Bob, _key);
        }

        using var again = DataDirectory.Open(_temp.Path);
        using var loaded = Load(again);
        Assert.Equal([new Contact(Bob, _key, "the builder", Verified: true, Blocked: true)], loaded.List());
    }

    [Fact]
    public void A_file_of_the_first_version_is_read()
    {
        using var data = DataDirectory.Open(_temp.Path);
        data.Write("contacts.json", $$$$"""{"ownSequence":7,"peers":{"bob":{"peerId":"{{{{_key}}}}","sequence":3}}}""");
        using var contacts = Load(data);
        Assert.Equal([new Contact(Bob, _key, null, Verified: false, Blocked: false)], contacts.List());
        Assert.True(contacts.IsKnown(Bob, _key));
        Assert.False(contacts.NoteSequence(Bob, 2, DateTimeOffset.UtcNow));
        Assert.Equal(8UL, contacts.NextOwnSequence(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void A_file_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        const string Newer = """{"version":3,"ownSequence":7,"peers":{}}""";
        using var data = DataDirectory.Open(_temp.Path);
        data.Write("contacts.json", Newer);
        Assert.Contains(
            "newer version",
            Assert.Throws<PeerStartException>(() => Load(data)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(Newer, File.ReadAllText(Path.Combine(_temp.Path, "contacts.json")));
    }

    [Fact]
    public void The_mark_goes_with_the_key_that_it_was_for_and_the_nickname_stays()
    {
        using var contacts = Load(null);
        var other = NewKey();
        contacts.Remember(Bob, _key);
        _ = contacts.SetNickname(Bob, "the builder");
        Assert.False(contacts.SetVerified(Bob, other));
        Assert.True(contacts.SetVerified(Bob, _key));
        Assert.Equal(PinCheck.Changed, contacts.Check(Bob, other));

        contacts.NoteOtherKey(Bob, other);
        Assert.True(contacts.Trust(Bob, other));
        Assert.Equal(new Contact(Bob, other, "the builder", Verified: false, Blocked: false), contacts.Find(Bob));
    }

    [Fact]
    public void Trust_accepts_only_a_key_from_a_warning()
    {
        using var contacts = Load(null);
        var (warned, other) = (NewKey(), NewKey());
        contacts.Remember(Bob, _key);
        contacts.NoteOtherKey(Bob, warned);

        Assert.False(contacts.Trust(Bob, other));
        Assert.True(contacts.Trust(Bob, warned));
        Assert.Equal((PinCheck.Same, PinCheck.Changed), (contacts.Check(Bob, warned), contacts.Check(Bob, other)));
        Assert.Empty(contacts.Find(Bob)!.OtherKeys);
    }

    [Fact]
    public void Warned_key_survives_a_restart()
    {
        var warned = NewKey();
        using var data = DataDirectory.Open(_temp.Path);
        using (var before = Load(data))
        {
            before.Remember(Bob, _key);
            before.NoteOtherKey(Bob, warned);
        }

        using var contacts = Load(data);
        Assert.Equal([warned], contacts.Find(Bob)!.OtherKeys);
        Assert.True(contacts.Trust(Bob, warned));
    }

    [Fact]
    public void Warned_keys_are_bounded_and_cleared_by_the_pinned_key()
    {
        using var contacts = Load(null);
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
    public void A_blocked_name_and_a_blocked_key_count_as_a_strangers_and_are_blocked_under_any_other()
    {
        using var contacts = Load(null);
        contacts.Remember(Bob, _key);
        var told = new List<(Username, PeerId, bool)>();
        contacts.BlockChanged += (name, key, blocked) => told.Add((name, key, blocked));

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
        Assert.Equal([(Bob, _key, true), (Bob, _key, false)], told);
    }

    [Fact]
    public void A_key_that_is_blocked_is_not_forgotten_by_a_trust_that_comes_later()
    {
        using var contacts = Load(null);
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
    public void A_block_without_a_key_as_an_older_program_could_leave_it_can_be_taken_back()
    {
        using var data = DataDirectory.Open(_temp.Path);
        data.Write(
            "contacts.json",
            """{"version":2,"ownSequence":7,"peers":{"bob":{"peerId":null,"sequence":3,"blocked":true}}}"""
        );
        using var contacts = Load(data);
        Assert.True(contacts.IsBlocked(Bob));
        Assert.True(contacts.Unblock(Bob));
        Assert.False(contacts.IsBlocked(Bob));
    }

    [Fact]
    public void A_stranger_who_was_blocked_is_a_stranger_afterwards()
    {
        using var contacts = Load(null);
        Assert.True(contacts.NoteSequence(Bob, 5, DateTimeOffset.UtcNow));
        contacts.Block(Bob, _key);
        Assert.True(contacts.IsBlocked(Bob));
        Assert.True(contacts.Unblock(Bob));
        Assert.False(contacts.IsKnown(Bob, _key));
        Assert.Null(contacts.Find(Bob));
        Assert.False(contacts.NoteSequence(Bob, 4, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task Who_changes_something_does_not_wait_for_the_disk_and_who_asks_for_it_does()
    {
        using var data = DataDirectory.Open(_temp.Path);
        using var disk = new ManualResetEventSlim();
        var writes = 0;
        using var writer = new ContactsWriter(data, () => Write(), NullLogger.Instance);

        // Were it saved here and now, this would wait for a disk that nothing sets free yet.
        writer.Changed();
        writer.Changed();
        var flushing = Task.Run(writer.Flush);
        await Eventually();
        Assert.False(flushing.IsCompleted);

        disk.Set();
        await flushing.WaitAsync(PeerUnderTest.Soon);
        Assert.Equal("saved", data.Read("contacts.json"));
        Assert.InRange(writes, 1, 2);

        string Write()
        {
            _ = Interlocked.Increment(ref writes);
            Assert.True(disk.Wait(PeerUnderTest.Soon));
            return "saved";
        }

        Task Eventually() =>
            Infrastructure.Eventually.True(
                () => Volatile.Read(ref writes) > 0,
                PeerUnderTest.Soon,
                "it is being saved"
            );
    }

    [Fact]
    public void What_is_blocked_or_trusted_is_on_the_disk_when_that_returns()
    {
        using var data = DataDirectory.Open(_temp.Path);
        using var contacts = Load(data);
        contacts.Block(Bob, _key);
        Assert.Contains("\"blocked\": true", data.Read("contacts.json"), StringComparison.Ordinal);

        contacts.Remember(Carol, _key);
        var other = NewKey();
        contacts.NoteOtherKey(Carol, other);
        _ = contacts.Trust(Carol, other);
        Assert.Contains($"\"peerId\": \"{other}\"", data.Read("contacts.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_cannot_be_written_is_told_to_who_asks()
    {
        using var data = DataDirectory.Open(_temp.Path);
        using var contacts = Load(data);
        _ = Directory.CreateDirectory(Path.Combine(_temp.Path, "contacts.json.new"));
        Assert.ThrowsAny<SystemException>(() => contacts.Block(Bob, _key));
        Assert.True(contacts.IsBlocked(Bob));
        Directory.Delete(Path.Combine(_temp.Path, "contacts.json.new"));
        contacts.Block(Bob, _key);
        Assert.Contains("\"blocked\": true", data.Read("contacts.json"), StringComparison.Ordinal);
    }

    public void Dispose() => _temp.Dispose();

    private static Contacts Load(DataDirectory? data) => new(data, NullLogger<Contacts>.Instance);

    private static PeerId NewKey()
    {
        using var identity = PeerIdentity.Create();
        return identity.PeerId;
    }
}
