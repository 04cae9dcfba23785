using System.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Identity;

/// <summary>A data directory that others can write to is refused.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TempDirectory _temp = new();

    private string Data => Path.Combine(_temp.Path, "alice");

    [Theory]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(
        UnixFileMode.GroupRead
            | UnixFileMode.GroupWrite
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute
    )]
    public void Directory_writable_by_others_is_refused(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, OwnersOnly | others);

        var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Data, groupMayWrite: true));

        Assert.Equal(
            $"Other users can write to the data directory {Data}. Run chmod 700 '{Data}', or name another "
                + "directory with --data.",
            refusal.Message
        );
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public void Directory_writable_by_its_group_needs_the_option()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        File.SetUnixFileMode(
            Data,
            OwnersOnly
                | UnixFileMode.SetGroup
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupWrite
                | UnixFileMode.GroupExecute
        );

        var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Data));

        Assert.Equal(
            $"The group of the data directory {Data} can write to it. Run chmod 700 '{Data}', or set "
                + "Peer:GroupMayWrite if no other user is in that group.",
            refusal.Message
        );
        Assert.Empty(Directory.GetFileSystemEntries(Data));
        DataDirectory.Open(Data, groupMayWrite: true).Dispose();
    }

    [Fact]
    public void Mode_is_checked_if_the_owner_is_unknown()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, OwnersOnly);
        OwnerOnly.Require(Data, false, (_, _) => null);

        File.SetUnixFileMode(Data, OwnersOnly | UnixFileMode.OtherWrite);
        var refusal = Assert.Throws<PeerStartException>(() => OwnerOnly.Require(Data, false, (_, _) => null));
        Assert.StartsWith("Other users can write to the data directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_readable_by_others_is_accepted()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, OwnersOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        DataDirectory.Open(Data).Dispose();
    }

    [Fact]
    public void Directory_of_another_user_is_refused()
    {
        // Only root can give a file to another.
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        GiveAway(Data);

        var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Data));

        Assert.StartsWith(
            $"The data directory {Data} belongs to another user.",
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Theory]
    [InlineData("identity.pem", false)]
    [InlineData("identity.pem.new", false)]
    [InlineData("peer.db", true)]
    public void File_of_another_user_is_refused(string name, bool isLink)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
        {
            return;
        }

        _ = Directory.CreateDirectory(Data);
        var file = Path.Combine(Data, name);
        if (isLink)
        {
            File.CreateSymbolicLink(file, Path.Combine(_temp.Path, "elsewhere"));
        }
        else
        {
            File.WriteAllText(file, "");
        }

        GiveAway(file);

        var refusal = Assert.Throws<PeerStartException>(() => DataDirectory.Open(Data));

        Assert.StartsWith($"{file} belongs to another user", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-s")]
    [InlineData("-f")]
    public void Leftover_is_replaced_and_no_link_is_followed(string kindOfLink)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var elsewhere = Path.Combine(_temp.Path, "elsewhere");
        File.WriteAllText(elsewhere, "theirs");
        using var data = DataDirectory.Open(Data);
        Run("ln", kindOfLink, elsewhere, Path.Combine(Data, "secret.new"));

        data.Write("secret", "ours");

        Assert.Equal("theirs", File.ReadAllText(elsewhere));
        Assert.Equal("ours", data.Read("secret"));
        Assert.Null(new FileInfo(Path.Combine(Data, "secret")).LinkTarget);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(Data, "secret"))
        );
        Assert.False(File.Exists(Path.Combine(Data, "secret.new")));
    }

    [Fact]
    public void Directory_is_synced_where_it_can_be()
    {
        UnixFiles.SyncDirectory(_temp.Path);
        UnixFiles.SyncDirectory(Path.Combine(_temp.Path, "not-there"));
    }

    [Fact]
    public void Owner_and_mode_are_found()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        File.SetUnixFileMode(_temp.Path, OwnersOnly | UnixFileMode.OtherWrite);
        File.CreateSymbolicLink(Path.Combine(_temp.Path, "link"), _temp.Path);

        Assert.Equal((UnixFiles.Self, OwnersOnly | UnixFileMode.OtherWrite), UnixFiles.Find(_temp.Path, follow: false));
        Assert.Equal(
            (UnixFiles.Self, OwnersOnly | UnixFileMode.OtherWrite),
            UnixFiles.Find(Path.Combine(_temp.Path, "link"), follow: true)
        );
        Assert.Null(UnixFiles.Find(Path.Combine(_temp.Path, "not-there"), follow: false));
    }

    public void Dispose() => _temp.Dispose();

    private static void GiveAway(string path) => Run("chown", "-h", "12345", path);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
