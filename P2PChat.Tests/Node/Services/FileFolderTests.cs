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
        Assert.Empty(Directory.GetFiles(_temp.Path, "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public void Own_folder_that_others_may_write_is_closed_to_them()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // As Kubernetes leaves it with fsGroup, at each start.
        var (folder, remote, id) = (Open(), PeerIdentity.Create().PeerId, Guid.NewGuid());
        var part = folder.PartOf(remote, id);
        var parent = Path.GetDirectoryName(part)!;
        Directory.CreateDirectory(parent);
        File.SetUnixFileMode(parent, (UnixFileMode)0x1ff);

        folder.OpenPart(remote, id).Dispose();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(parent)
        );
        // Made by somebody while they could.
        File.Delete(part);
        var other = Path.Combine(_temp.Path, "other");
        File.CreateSymbolicLink(part, other);
        Assert.Throws<UnauthorizedAccessException>(() => folder.OpenPart(remote, id));
        Assert.False(File.Exists(other));
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

    [Fact]
    public void Name_that_is_too_long_for_the_file_system_is_shortened()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // A path may have 4095 bytes: enough for the temporary name here, but not for 255 more.
        var parent = _temp.Path;
        while (parent.Length < 3900)
        {
            parent = Path.Combine(parent, new string('d', Math.Min(200, Math.Max(1, 3900 - parent.Length - 1))));
        }

        var (folder, remote, id) = (Open(downloads: parent), PeerIdentity.Create().PeerId, Guid.NewGuid());
        folder.OpenPart(remote, id).Dispose();

        var path = folder.Finish(remote, id, new string('a', 250) + ".txt", _ => { });

        Assert.Equal(new string('a', 126) + ".txt", Path.GetFileName(path));
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData(1, 0x1c0, 1, 0x180, true)]
    [InlineData(1, 0x1ff, 1, 0x180, false)]
    [InlineData(2, 0x1c0, 1, 0x180, false)]
    [InlineData(1, 0x1ff, 1, 0x1ff, true)]
    [InlineData(2, 0x1c0, 2, 0x180, true)]
    [InlineData(2, 0x1ff, 1, 0x1ff, false)]
    public void File_system_without_owners_or_modes_is_accepted(
        uint owner,
        int mode,
        uint createdOwner,
        int createdMode,
        bool isOurs
    ) =>
        Assert.Equal(
            isOurs,
            PrivateFolder.IsOurs((owner, (UnixFileMode)mode), (createdOwner, (UnixFileMode)createdMode), self: 1)
        );

    [Fact]
    public void Start_deletes_nothing_in_folders_that_others_made()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (folder, remote) = (Open(), PeerIdentity.Create().PeerId);
        var other = Directory.CreateDirectory(Path.Combine(_temp.Path, "other")).FullName;
        File.WriteAllText(Path.Combine(other, "browser.part"), "");
        Directory.CreateSymbolicLink(Path.GetDirectoryName(folder.PartOf(remote, Guid.NewGuid()))!, other);
        var shared = Directory.CreateDirectory(Path.Combine(_temp.Path, ".p2pchat-ephemeral-x")).FullName;
        File.WriteAllText(Path.Combine(shared, "lock"), "");
        File.WriteAllText(Path.Combine(shared, "a.upload"), "");
        File.SetUnixFileMode(shared, (UnixFileMode)0x1ff);

        folder.CleanUp([]);

        Assert.True(File.Exists(Path.Combine(other, "browser.part")));
        Assert.True(File.Exists(Path.Combine(shared, "a.upload")));
    }

    private DownloadFolder Open(bool isEphemeral = false, string? downloads = null)
    {
        var options = new PeerOptions
        {
            Username = "alice",
            Downloads = downloads ?? _temp.Path,
            Ephemeral = isEphemeral,
        };
        _folders.Add(new PrivateFolder(options, PeerIdentity.Create()));
        return new DownloadFolder(_folders[^1]);
    }
}
