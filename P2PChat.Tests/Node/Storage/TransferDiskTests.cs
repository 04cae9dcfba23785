using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Storage;

public sealed class TransferDiskTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly PrivateFolder _parts;
    private readonly DownloadFolder _folder;
    private readonly TransferDisk _disk;
    private readonly StoredTransfer _transfer = new(
        PeerIdentity.Create().PeerId,
        Username.Parse("bob"),
        IsOurs: false,
        Guid.NewGuid(),
        new FileOffer("a", 2 * FileOffer.LeafSize, new byte[32], FileOffer.UnknownType),
        TransferState.Active,
        TransferProblem.None,
        Path: null
    );

    public TransferDiskTests()
    {
        var options = new PeerOptions
        {
            Username = "alice",
            Downloads = _temp.Path,
            Ephemeral = true,
        };
        _parts = new PrivateFolder(options, PeerIdentity.Create());
        _folder = new DownloadFolder(_parts);
        _disk = new TransferDisk(_folder, new DiskReserve(options), _ => null);
    }

    private string Part => _folder.PartOf(_transfer.Remote, _transfer.Id);

    public void Dispose()
    {
        _disk.CloseAll();
        _parts.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void File_in_a_folder_that_was_replaced_is_not_opened()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // As if it were replaced after the check: by a folder that others can write to, or another one of this user.
        AssertNotOpened("replaced", "elsewhere/replaced", (UnixFileMode)0b111_111_111);
        AssertNotOpened("renamed", "elsewhere/own", (UnixFileMode)0b111_000_000);
    }

    private void AssertNotOpened(string link, string target, UnixFileMode mode)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_temp.Path, target));
        File.SetUnixFileMode(folder.FullName, mode);
        _ = Directory.CreateSymbolicLink(Path.Combine(_temp.Path, link), folder.FullName);

        _ = Assert.Throws<UnauthorizedAccessException>(() =>
            _parts.Open(Path.Combine(_temp.Path, link, "a.part"), FileMode.OpenOrCreate)
        );
    }

    [Fact]
    public void Leaf_is_not_written_behind_a_hole()
    {
        _disk.Write(_transfer, leaf: 0, new byte[FileOffer.LeafSize]);
        _disk.CloseAll();
        File.Delete(Part);

        _ = Assert.ThrowsAny<IOException>(() => _disk.Write(_transfer, leaf: 1, new byte[FileOffer.LeafSize]));

        Assert.False(File.Exists(Part));
    }

    [Fact]
    public void Part_that_became_shorter_is_not_filled_with_zeros()
    {
        _disk.Write(_transfer, leaf: 0, new byte[FileOffer.LeafSize]);
        _disk.CloseAll();
        File.WriteAllBytes(Part, new byte[10]);

        _ = Assert.ThrowsAny<IOException>(() => _disk.Truncate(_transfer, FileOffer.LeafSize));

        _disk.CloseAll();
        File.Delete(Part);
        _ = Assert.ThrowsAny<IOException>(() => _disk.Truncate(_transfer, FileOffer.LeafSize));
        _disk.Truncate(_transfer, length: 0);
        Assert.False(File.Exists(Part));
    }

    [Fact]
    public void Incomplete_part_does_not_get_its_name()
    {
        _ = Assert.ThrowsAny<IOException>(() => _disk.Finish(_transfer, _ => { }));
        _disk.Write(_transfer, leaf: 0, new byte[FileOffer.LeafSize]);

        _ = Assert.ThrowsAny<IOException>(() => _disk.Finish(_transfer, _ => { }));

        Assert.Empty(Directory.GetFiles(_temp.Path));
    }
}
