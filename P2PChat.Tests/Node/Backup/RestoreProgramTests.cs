using P2PChat.Node.Backup;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node.Backup;

public sealed class RestoreProgramTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private string File => Path.Combine(_temp.Path, "backup");

    private string Data => Path.Combine(_temp.Path, "peers", "alice");

    public RestoreProgramTests() =>
        System.IO.File.WriteAllBytes(File, Convert.FromHexString(BackupVectorTests.All.File));

    [Fact]
    public void Restore_creates_the_data_directory()
    {
        var (exitCode, output, errors) = Restore(BackupVectorTests.All.Passphrase);
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith("* restored alice, id ", output, StringComparison.Ordinal);
        foreach (var entry in BackupVectorTests.All.Entries.Skip(1))
        {
            Assert.Equal(entry.Content, System.IO.File.ReadAllText(Path.Combine(Data, entry.Name)));
        }

        Assert.False(Directory.Exists(Path.Combine(Data, "restoring")));
    }

    [Theory]
    [InlineData("http://localhost:5000", true)]
    [InlineData("http://127.0.0.1:5001", true)]
    [InlineData("https://chat.example.org", false)]
    [InlineData(null, false)]
    public void Restore_says_that_the_directory_of_up_is_not_in_the_backup(string? directory, bool isSaid)
    {
        var peer = new StoredPeer(PeerId.FromPublicKey("alice"u8), Username.Parse("alice"), directory, null);

        Assert.Equal(isSaid, RestoreProgram.DirectoryNote(peer) is not null);
    }

    public static TheoryData<string> Refused => BackupVectorTests.Refused;

    [Theory]
    [MemberData(nameof(Refused))]
    public void Invalid_backup_writes_nothing(string why)
    {
        var vector = BackupVectorTests.All.Invalid.Single(vector => vector.Why == why);
        System.IO.File.WriteAllBytes(File, Convert.FromHexString(vector.File));

        var (exitCode, output, errors) = Restore(vector.Passphrase);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal($"{new BackupException(Enum.Parse<BackupError>(vector.Error)).Message}\n", errors);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public void Invalid_backup_writes_nothing_into_an_existing_directory()
    {
        _ = Directory.CreateDirectory(Data);
        System.IO.File.WriteAllBytes(File, Convert.FromHexString(BackupVectorTests.All.File)[..^1]);
        Assert.Equal(1, Restore(BackupVectorTests.All.Passphrase).ExitCode);
        Assert.Equal(["lock"], Directory.GetFileSystemEntries(Data).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("identity.pem")]
    [InlineData("contacts.json")]
    [InlineData("peer.db")]
    [InlineData("peer.db-wal")]
    public void Restore_into_a_directory_with_a_peer_is_refused(string file)
    {
        _ = Directory.CreateDirectory(Data);
        System.IO.File.WriteAllText(Path.Combine(Data, file), "mine");
        var (exitCode, _, errors) = Restore(BackupVectorTests.All.Passphrase);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{Data} holds a peer already ({file})", errors, StringComparison.Ordinal);
        Assert.Equal("mine", System.IO.File.ReadAllText(Path.Combine(Data, file)));
    }

    [Fact]
    public void Restore_into_a_directory_in_use_is_refused()
    {
        using var running = P2PChat.Node.Identity.DataDirectory.Open(Data);
        var (exitCode, _, errors) = Restore(BackupVectorTests.All.Passphrase);
        Assert.Equal(1, exitCode);
        Assert.Contains("Another peer runs on", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_or_passphrase_is_reported()
    {
        Assert.Contains("--passphrase-file", Restore(null).Errors, StringComparison.Ordinal);
        System.IO.File.Delete(File);
        Assert.Contains("does not exist", Restore("x").Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Passphrase_is_read_from_standard_input_or_a_file()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            $"{BackupVectorTests.All.Passphrase}\n",
            "restore",
            File,
            "--data",
            Data
        );
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("* restored alice", output, StringComparison.Ordinal);

        var secret = Path.Combine(_temp.Path, "secret");
        await System.IO.File.WriteAllTextAsync(secret, $"{BackupVectorTests.All.Passphrase}\r\n");
        (exitCode, _, errors) = await PeerProgram.RunAsync(
            "",
            "restore",
            File,
            "--data",
            Path.Combine(_temp.Path, "second"),
            "--passphrase-file",
            secret
        );
        Assert.Equal((0, ""), (exitCode, errors));
        (exitCode, _, errors) = await PeerProgram.RunAsync(
            "wrong\n",
            "restore",
            File,
            "--data",
            Path.Combine(_temp.Path, "third")
        );
        Assert.Equal((1, $"{new BackupException(BackupError.WrongPassphrase).Message}\n"), (exitCode, errors));
    }

    public void Dispose() => _temp.Dispose();

    private (int ExitCode, string Output, string Errors) Restore(string? passphrase)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exitCode = RestoreProgram.Run(
            new CommandLine.Restore(File, null, Data, null),
            _ => passphrase,
            TimeProvider.System,
            output,
            errors
        );
        return (exitCode, output.ToString(), errors.ToString());
    }
}
