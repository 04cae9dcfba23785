using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The limits of the profiles that are kept, and their end with the contact.</summary>
public sealed class ProfileBookTests : IDisposable
{
    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public void Unsaved_profiles_and_pictures_are_bounded()
    {
        var book = New(saves: false);
        for (var i = 0; i <= ProfileBook.MaxUnsaved; i++)
        {
            _ = book.Take(Key(i), new PeerProfile(i + 1, $"Peer {i}", TestPictures.RealPng), isKept: true);
        }

        Assert.Null(book.Find(Key(0)));
        Assert.Equal(new ContactProfile(0, "Peer 1", HasPicture: false), book.Find(Key(1)));
        Assert.True(book.PictureOf(Key(1)).IsEmpty);
        var kept = Enumerable.Range(0, ProfileBook.MaxUnsaved + 1).Where(i => !book.PictureOf(Key(i)).IsEmpty);
        Assert.Equal(
            Enumerable.Range(
                ProfileBook.MaxUnsaved + 1 - ProfileBook.MaxUnsavedPictures,
                ProfileBook.MaxUnsavedPictures
            ),
            kept
        );
    }

    [Fact]
    public void Saved_pictures_are_bounded()
    {
        var book = New();
        Accept(5000);
        for (var i = 0; i < ProfileBook.MaxPictures; i++)
        {
            Accept(i);
            _ = book.Take(Key(i), new PeerProfile(i + 1, $"Peer {i}", TestPictures.RealPng), isKept: true);
        }

        // One that changes its picture is the latest.
        _ = book.Take(Key(0), new PeerProfile(5000, "Peer 0", TestPictures.RealPng), isKept: true);
        _ = book.Take(Key(5000), new PeerProfile(5001, "More", TestPictures.RealPng), isKept: true);
        // Those that are not saved take no place of those that are.
        _ = book.Take(Key(6000), new PeerProfile(6001, "Ephemeral", TestPictures.RealPng), isKept: false);

        _stored.Reopen();
        foreach (var one in new[] { book, New() })
        {
            Assert.Equal(new ContactProfile(0, "Peer 1", HasPicture: false), one.Find(Key(1)));
            Assert.Equal(new ContactProfile(3, "Peer 2", HasPicture: true), one.Find(Key(2)));
            Assert.Equal(new ContactProfile(5000, "Peer 0", HasPicture: true), one.Find(Key(0)));
        }

        Assert.True(New().PictureOf(Key(1)).IsEmpty);
        Assert.Equal(TestPictures.RealPng, New().PictureOf(Key(5000)).ToArray());
        Assert.Null(New().Find(Key(6000)));
    }

    [Fact]
    public void Removed_contact_takes_its_profile_along_in_the_store()
    {
        Take();
        _stored.Reopen();
        Assert.NotNull(New().Find(StoredContents.BobsKey));
        _stored.Add(new Change.ContactRemoved());
        _stored.Reopen();
        Assert.Null(New().Find(StoredContents.BobsKey));

        // A profile that is saved at the same time, and later.
        Take();
        _stored.Reopen();
        Assert.Null(New().Find(StoredContents.BobsKey));

        void Take() =>
            New().Take(StoredContents.BobsKey, new PeerProfile(7, "Bob", TestPictures.RealPng), isKept: true);
    }

    [Fact]
    public async Task Damaged_profiles_do_not_stop_the_start()
    {
        _ = New().Take(StoredContents.BobsKey, new PeerProfile(7, "Bob", TestPictures.RealPng), isKept: true);
        await _stored.RunAsync(
            """
            INSERT INTO profiles (peer_id, version, display_name, received_at)
            VALUES (x'0102030405', 1, 'Short key', 1), (randomblob(32), -1, 'Version', 1)
            """
        );
        await _stored.RunAsync("INSERT INTO own_profile (id, version, display_name) VALUES (1, -7, 'Alice')");

        var book = New();

        Assert.Equal(PeerProfile.None, book.Own);
        Assert.Equal("Bob", book.Find(StoredContents.BobsKey)!.DisplayName);
        // It can be set again, which replaces the damaged row.
        book.ChangeOwn(own => own with { Version = 9, DisplayName = "Alice" });
        Assert.Equal("Alice", New().Own.DisplayName);
    }

    private void Accept(int number) =>
        new ConversationWriter(_stored.Store.Writer, Key(number), 1000, _ => { }, _ => { }).Add(
            new Change.Accepted(Username.Parse($"peer{number}")),
            key: null
        );

    private static PeerId Key(int number)
    {
        var bytes = new byte[PeerId.Size];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return PeerId.FromHash(bytes);
    }

    private ProfileBook New(bool saves = true) =>
        new(saves ? _stored.Store.Profiles : null, TimeProvider.System, NullLogger<ProfileBook>.Instance);
}
