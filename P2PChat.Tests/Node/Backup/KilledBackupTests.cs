using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Storage;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node.Backup;

/// <summary>
/// Real processes that are backed up while they talk, and killed during a backup or a restore.
/// </summary>
public sealed class KilledBackupTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private const string Passphrase = "correct horse battery";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int _large;

    private readonly TempDirectory _temp = new();

    private string File => In("alice.backup");

    [Fact]
    public async Task Backup_of_a_busy_peer_is_a_prefix_of_its_history()
    {
        await using var bob = new KillablePeer(directory, "bob", In("bob"));
        await bob.StartAsync();
        var sent = new List<string>();
        await using (var alice = new KillablePeer(directory, "alice", In("alice")))
        {
            await alice.StartAsync();
            await Eventually.True(() => alice.ConnectAsync("bob"), Patience, "the two are connected");
            await SendAsync(alice, sent, "before", 50);
            using var enough = new CancellationTokenSource();
            var talking = TalkAsync(alice, sent, enough.Token);
            await alice.BackUpAsync(File, Passphrase);
            await enough.CancelAsync();
            await talking;
            await Eventually.True(
                async () => (await bob.TextsAsync("alice")).Count == sent.Count,
                Patience,
                "bob has it all"
            );
            await alice.KillAsync();
        }

        Assert.Equal((0, ""), await RestoreAsync(In("again")));
        await using var again = new KillablePeer(directory, "alice", In("again"));
        await again.StartAsync();
        var restored = await again.TextsAsync("bob");
        Assert.InRange(restored.Count, 50, sent.Count);
        Assert.Equal(sent.Take(restored.Count), restored);

        await SendAsync(again, sent, "after", 20);
        await Eventually.True(
            async () => (await bob.TextsAsync("alice")).Count >= sent.Count,
            Patience,
            "bob has the messages from after the restore"
        );
        Assert.Equal(sent, await bob.TextsAsync("alice"));
    }

    [Fact]
    public async Task Killed_backup_leaves_the_previous_one_intact()
    {
        await using var alice = new KillablePeer(directory, "anna", In("anna"));
        await alice.StartAsync();
        await alice.BackUpAsync(File, Passphrase);
        await alice.KillAsync();
        FillStore(In("anna", StoreFile.FileName));
        await alice.StartAsync();
        // Once while the store is copied or the key is derived, once while the file is written.
        foreach (
            var isUnderWay in new[]
            {
                () => System.IO.File.Exists(In("anna", BackupWriter.StoreCopy)),
                () => Directory.GetFiles(_temp.Path).Length > 1,
            }
        )
        {
            var last = await KillWhileBackingUpAsync(alice, isUnderWay);

            Assert.Equal(last, await System.IO.File.ReadAllBytesAsync(File));
            Assert.False(System.IO.File.Exists(In("anna", BackupWriter.StoreCopy)));
        }

        await alice.BackUpAsync(File, Passphrase);
        Assert.Equal((0, ""), await RestoreAsync(In("again")));
    }

    [Fact]
    public async Task Killed_restore_blocks_a_start_and_can_be_repeated()
    {
        await WriteLargeBackupAsync();
        var data = In("again");
        await using (var restoring = PeerProgram.Start("restore", File, "--data", data))
        {
            await restoring.TypeAsync(Passphrase + "\n");
            await Eventually.True(
                () => Directory.Exists(Path.Combine(data, BackupRestorer.Staging)),
                Patience,
                "the restore is in progress"
            );
            restoring.Signal("KILL");
            _ = await restoring.ExitCodeAsync();
            Assert.DoesNotContain("restored", restoring.Output, StringComparison.Ordinal);
        }

        var (exitCode, _, errors) = await PeerProgram.RunAsync(
            "",
            "alice",
            "--discovery",
            directory.Address,
            "--data",
            data
        );
        Assert.Equal(1, exitCode);
        Assert.Contains(data, errors, StringComparison.Ordinal);

        Assert.Equal((0, ""), await RestoreAsync(data));
        Assert.Equal(LargeStore(), await System.IO.File.ReadAllBytesAsync(Path.Combine(data, "peer.db")));
        Assert.False(Directory.Exists(Path.Combine(data, BackupRestorer.Staging)));
    }

    [Fact]
    public async Task Restore_killed_at_its_end_can_be_repeated()
    {
        await WriteLargeBackupAsync();
        var data = In("again");
        _ = Directory.CreateDirectory(Path.Combine(data, BackupRestorer.Staging));
        await System.IO.File.WriteAllTextAsync(Path.Combine(data, BackupRestorer.Staging, "identity.pem"), "the key");
        await System.IO.File.WriteAllTextAsync(Path.Combine(data, RestoredMarker.FileName), "1");
        await System.IO.File.WriteAllTextAsync(Path.Combine(data, "peer.db-wal"), "of another time");

        Assert.Equal((0, ""), await RestoreAsync(data));

        Assert.False(System.IO.File.Exists(Path.Combine(data, "peer.db-wal")));
        Assert.NotEqual("1", await System.IO.File.ReadAllTextAsync(Path.Combine(data, RestoredMarker.FileName)));
    }

    public void Dispose() => _temp.Dispose();

    private static async Task SendAsync(KillablePeer alice, List<string> sent, string what, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await SendOneAsync(alice, sent, $"{what} {i}");
        }
    }

    private static async Task SendOneAsync(KillablePeer alice, List<string> sent, string text)
    {
        Assert.True(await alice.SendAsync("bob", text));
        sent.Add(text);
    }

    private static async Task TalkAsync(KillablePeer alice, List<string> sent, CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested && i < 800; i++)
        {
            await SendOneAsync(alice, sent, $"meanwhile {i}");
        }
    }

    private string In(params string[] names) => Path.Combine([_temp.Path, .. names]);

    private async Task<(int ExitCode, string Errors)> RestoreAsync(string data)
    {
        var (exitCode, _, errors) = await PeerProgram.RunAsync(Passphrase + "\n", "restore", File, "--data", data);
        return (exitCode, errors);
    }

    /// <returns>The last backup that was written before.</returns>
    private async Task<byte[]> KillWhileBackingUpAsync(KillablePeer peer, Func<bool> isUnderWay)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = await System.IO.File.ReadAllBytesAsync(File);
            var writing = peer.BackUpAsync(File, Passphrase);
            Assert.True(SpinWait.SpinUntil(() => writing.IsCompleted || isUnderWay(), Patience));
            await peer.KillAsync();
            // Files of an earlier attempt would be mistaken for this one's.
            var left = Directory.GetFiles(_temp.Path).Where(path => path != File).ToList();
            await peer.StartAsync();
            try
            {
                await writing;
                // It was done before it was seen, or before the peer was gone.
                Assert.True(attempt < 20, "No backup is slow enough to be killed.");
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // The exception depends on whether the socket broke before its client was disposed.
                left.ForEach(System.IO.File.Delete);
                return last;
            }
        }
    }

    // Enough that a backup takes long enough to be killed.
    private static void FillStore(string path)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()
        );
        connection.Open();
        StoreSchema.Execute(connection, "INSERT INTO meta VALUES ('filler', randomblob(100000000))");
    }

    // Makes a restore take long enough to be killed.
    private static byte[] LargeStore() => new byte[64 * 1024 * 1024];

    private async Task WriteLargeBackupAsync()
    {
        using var data = new TempDirectory();
        await using var peer = await PeerUnderTest.StartAsync(
            directory,
            $"alban{Interlocked.Increment(ref _large)}",
            options => (options.Ephemeral, options.Data) = (false, data.Path)
        );
        var backups = peer.Services.GetRequiredService<BackupWriter>();
        backups.CopyStoreAsync = (copy, cancellationToken) =>
            System.IO.File.WriteAllBytesAsync(copy, LargeStore(), cancellationToken);
        await backups.WriteAsync(File, Passphrase, force: false, CancellationToken.None);
    }
}
