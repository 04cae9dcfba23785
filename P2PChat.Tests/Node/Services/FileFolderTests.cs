using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Tests.Node.Services;

/// <summary>The folders for received files, which others may use too.</summary>
public sealed class FileFolderTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly List<PrivateFolder> _folders = [];

    public void Dispose()
    {
        _folders.ForEach(folder => folder.Dispose());
        _temp.Dispose();
    }

    [Fact]
    public void Two_peers_with_one_folder_never_replace_a_file()
    {
        const int Files = 300;
        var peers = new[] { Open(), Open() };
        var remote = PeerIdentity.Create().PeerId;

        Parallel.For(0, 2 * Files, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            var (folder, id) = (peers[number % 2], Guid.NewGuid());
            using (var part = folder.OpenPart(remote, id))
            {
                part.Write(BitConverter.GetBytes(number));
            }

            _ = folder.Finish(remote, id, $"{number / 16}.txt", _ => { });
        });

        var contents = Directory.GetFiles(_temp.Path).Select(path => BitConverter.ToInt32(File.ReadAllBytes(path)));
        Assert.Equal(Enumerable.Range(0, 2 * Files), contents.Order());
        Assert.Empty(Directory.GetDirectories(_temp.Path));
    }

    [Fact]
    public void Temporary_file_is_in_a_folder_that_only_its_owner_may_use()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (folder, remote, id) = (Open(), PeerIdentity.Create().PeerId, Guid.NewGuid());
        folder.OpenPart(remote, id).Dispose();
        var parent = Path.GetDirectoryName(folder.PartOf(remote, id))!;
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(parent)
        );

        // Made by another user of the folder, before this peer.
        Directory.Delete(parent, recursive: true);
        var other = Directory.CreateDirectory(Path.Combine(_temp.Path, "other")).FullName;
        Directory.CreateSymbolicLink(parent, other);
        Assert.Throws<UnauthorizedAccessException>(() => folder.OpenPart(remote, id));
        Directory.Delete(parent);
        Directory.CreateDirectory(parent, (UnixFileMode)0x1ff);
        File.SetUnixFileMode(parent, (UnixFileMode)0x1ff);
        Assert.Throws<UnauthorizedAccessException>(() => folder.OpenPart(remote, id));
        Assert.Empty(Directory.GetFiles(_temp.Path, "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public void Start_deletes_what_earlier_processes_left_in_a_chosen_folder()
    {
        var (folder, remote) = (Open(), PeerIdentity.Create().PeerId);
        var (open, ended) = (Guid.NewGuid(), Guid.NewGuid());
        folder.OpenPart(remote, open).Dispose();
        folder.OpenPart(remote, ended).Dispose();
        var (running, killed) = (Open(isEphemeral: true), Open(isEphemeral: true));
        running.OpenPart(remote, open).Dispose();
        killed.OpenPart(remote, open).Dispose();
        var left = Path.GetDirectoryName(killed.PartOf(remote, open))!;
        // A copy, because this process has the lock of the other.
        Directory.CreateDirectory(left + "x");
        File.WriteAllText(Path.Combine(left + "x", "lock"), "");
        File.WriteAllText(Path.Combine(left + "x", "a.upload"), "secret");

        folder.CleanUp([(remote, open)]);

        Assert.True(File.Exists(folder.PartOf(remote, open)));
        Assert.False(File.Exists(folder.PartOf(remote, ended)));
        Assert.True(File.Exists(running.PartOf(remote, open)));
        Assert.False(Directory.Exists(left + "x"));
        _folders[^1].Dispose();
        Assert.False(Directory.Exists(left));
    }

    private DownloadFolder Open(bool isEphemeral = false)
    {
        var options = new PeerOptions
        {
            Username = "alice",
            Downloads = _temp.Path,
            Ephemeral = isEphemeral,
        };
        _folders.Add(new PrivateFolder(options, PeerIdentity.Create()));
        return new DownloadFolder(_folders[^1]);
    }
}
