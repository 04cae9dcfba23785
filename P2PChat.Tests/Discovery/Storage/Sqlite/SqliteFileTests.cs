using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Sqlite;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Storage.Sqlite;

/// <summary>The files of a directory on one machine: who may use them, and what is wrong with them.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Data => Path.Combine(_directory.Path, "data");

    private string Database => Path.Combine(Data, SqliteFile.FileName);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Only_the_owner_can_read_the_files()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ReadWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Data));
        var files = Directory.GetFiles(Data);
        Assert.Contains(Database + "-wal", files);
        Assert.All(files, file => Assert.Equal(ReadWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Second_directory_on_the_same_data_is_refused()
    {
        await using var first = await StartAsync();

        await RefusesAsync($"Another directory service runs on {Data}.");

        using var alice = new TestIdentity();
        await first.RegisterAsync(alice);
    }

    [Fact]
    public async Task Data_directory_that_others_can_write_to_is_refused()
    {
        _ = Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, File.GetUnixFileMode(Data) | UnixFileMode.OtherWrite);

        await RefusesAsync($"Other users can write to {Data}");
    }

    [Fact]
    public async Task File_in_place_of_the_data_directory_is_refused()
    {
        await File.WriteAllTextAsync(Data, "");

        await RefusesAsync($"The directory cannot keep its data in {Data}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task File_that_is_not_a_database_is_refused(string content)
    {
        _ = Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Database, content);

        await RefusesAsync($"{Database} is damaged");

        Assert.Equal(content, await File.ReadAllTextAsync(Database));
    }

    [Fact]
    public async Task Damaged_page_is_refused()
    {
        await using (var directory = await StartAsync())
        {
            using var alice = new TestIdentity();
            await directory.RegisterAsync(alice);
        }

        var bytes = await File.ReadAllBytesAsync(Database);
        bytes.AsSpan(4096, bytes.Length - 4096).Fill(0xa5);
        await File.WriteAllBytesAsync(Database, bytes);

        await RefusesAsync($"{Database} is damaged");
    }

    [Fact]
    public async Task Newer_version_is_refused()
    {
        await using (await StartAsync())
        {
            // Only creates the file.
        }

        Execute($"PRAGMA user_version = {SqliteSchema.Version + 1}");

        await RefusesAsync($"{Database} was written by a newer version of P2PChat");
    }

    [Fact]
    public async Task Log_without_its_database_is_refused()
    {
        _ = Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Database + "-wal", "log");

        await RefusesAsync($"{Database}-wal belongs to a {SqliteFile.FileName} that is missing.");
    }

    [Fact]
    public async Task Data_directory_and_Redis_together_are_refused()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            DirectoryFixture.StartAsync($"Directory:Data={Data}", "ConnectionStrings:redis=127.0.0.1:1")
        );

        Assert.StartsWith(
            "Directory:Data and ConnectionStrings:redis are both set.",
            Assert.Single(exception.Failures),
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Locked_file_is_reported_until_it_is_free()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            $"Directory:Data={Data}",
            "Directory:StoreTimeout=00:00:00.050",
            "Directory:SweepEvery=00:00:04"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice);
        var id = await directory.GetIdAsync();
        using (var other = Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);

            using var refused = await directory.PutAsync(bob.Username, bob.Register(id));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.True(await directory.HealthIsAsync("Degraded"));
            Assert.Contains(directory.Logs.Warnings, warning =>
                warning.StartsWith($"Another program has locked {Database}.", StringComparison.Ordinal)
            );
            Assert.True((await directory.FindAsync(alice.Username))!.Online);
        }

        await directory.RegisterAsync(bob);
        await Eventually.True(
            () => directory.HealthIsAsync("Healthy"),
            TimeSpan.FromSeconds(60),
            "the store answers again"
        );
    }

    private Task<DirectoryFixture> StartAsync() => DirectoryFixture.StartAsync($"Directory:Data={Data}");

    private async Task RefusesAsync(string expected)
    {
        var exception = await Assert.ThrowsAsync<DirectoryStartException>(StartAsync);
        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false }.ToString()
        );
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var connection = Connect();
        SqliteSchema.Execute(connection, sql);
    }
}
