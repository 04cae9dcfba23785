using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Storage;

public sealed class StoredPeerTests
{
    [Fact]
    public async Task Registration_is_remembered_and_readable_meanwhile()
    {
        await using var directory = await TestDirectory.StartAsync();
        using var data = new TempDirectory();
        Assert.Null(StoredPeer.Read(data.Path));

        await using var alice = await TestPeer.StartAsync("alice", directory.Url, data.Path);
        await Eventually.True(
            () => StoredPeer.Read(data.Path)?.Directory is not null,
            PeerUnderTest.Soon,
            "the directory is remembered"
        );

        var stored = StoredPeer.Read(data.Path)!;
        Assert.Equal(
            (alice.Status.PeerId, Username.Parse("alice"), directory.Url, 16),
            (stored.Key, stored.Name, stored.Directory, stored.DirectoryId?.Length)
        );
    }

    [Fact]
    public async Task Id_of_a_directory_that_was_never_found_is_unknown()
    {
        using var data = new TempDirectory();
        await using (await PeerUnderTest.StartUnregisteredAsync("http://127.0.0.1:1", "bob", Keep)) { }

        var stored = StoredPeer.Read(data.Path);

        Assert.NotNull(stored);
        Assert.Null(stored.Directory);
        Assert.Null(stored.DirectoryId);

        void Keep(PeerOptions options) => (options.Ephemeral, options.Data) = (false, data.Path);
    }

    [Fact]
    public async Task Damaged_store_is_read_as_no_peer()
    {
        using var data = new TempDirectory();
        await File.WriteAllBytesAsync(Path.Combine(data.Path, "peer.db"), [1, 2, 3]);

        Assert.Null(StoredPeer.Read(data.Path));
    }
}
