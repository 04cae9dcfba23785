using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using P2PChat.Node.Identity;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node.Identity;

/// <summary>A full disk is logged once, and its end once.</summary>
public sealed class SaveStateTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void State_change_is_reported_once_in_each_direction()
    {
        var state = new SaveState(_clock);

        Assert.False(state.Saved());
        Assert.True(state.Failed());
        Assert.False(state.Failed());
        _clock.Advance(SaveState.Quiet);
        Assert.True(state.Saved());
        Assert.False(state.Saved());
        Assert.True(state.Failed());
    }

    [Fact]
    public void Nearly_full_disk_is_logged_once()
    {
        var state = new SaveState(_clock);
        Assert.True(state.Failed());

        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(SaveState.Quiet - TimeSpan.FromMilliseconds(1));
            Assert.False(state.Saved());
            Assert.False(state.Failed());
        }
    }

    [Fact]
    public void Full_disk_is_distinguished_from_other_faults()
    {
        var full = Assert.ThrowsAny<IOException>(() =>
        {
            using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            stream.WriteByte(1);
            stream.Flush();
        });

        Assert.Equal("the disk is full", SaveState.WhyNot(full));
        Assert.Equal(
            "the disk is full",
            SaveState.WhyNot(new InvalidOperationException("", new SqliteException("", 13)))
        );
        Assert.Equal("SqliteException", SaveState.WhyNot(new SqliteException("", 10)));
        Assert.Equal("IOException", SaveState.WhyNot(new IOException()));
    }

    [Fact]
    public async Task Failure_to_save_contacts_is_logged_once_and_so_is_its_end()
    {
        using var temp = new TempDirectory();
        using var log = new LogCapture();
        using var loggers = new LoggerFactory([log]);
        using var directory = DataDirectory.Open(temp.Path);
        var obstacle = Directory.CreateDirectory(Path.Combine(temp.Path, "contacts.json.new"));
        using (var contacts = new Contacts(directory, loggers.CreateLogger<Contacts>()))
        {
            for (var i = 0; i < 5; i++)
            {
                _ = contacts.NextOwnSequence(DateTimeOffset.UnixEpoch);
                Assert.ThrowsAny<Exception>(contacts.Flush);
            }

            await Eventually.True(() => log.Warnings.Any(), PeerUnderTest.Soon, "it is told");
            obstacle.Delete();
            await Eventually.True(
                () =>
                {
                    _ = contacts.NextOwnSequence(DateTimeOffset.UnixEpoch);
                    return log.Warnings.Contains("The contacts can be saved again.");
                },
                PeerUnderTest.Soon,
                "that it is over is told"
            );
        }

        Assert.Equal(2, log.Warnings.Count());
    }

    [Fact]
    public async Task Peer_whose_output_goes_to_a_full_disk_goes_on()
    {
        using var data = new TempDirectory();
        await using var program = PeerProgram.StartByShell(
            $"exec $PEER fulla --discovery http://127.0.0.1:9 --data '{data.Path}' > /dev/full"
        );
        await program.TypeAsync("requests\nstatus\nexit\n");

        Assert.Equal(0, await program.ExitCodeAsync());
        Assert.Equal(
            "Output cannot be written (the disk is full) and is being lost. Free some space, or restart with another output.\n",
            program.Errors
        );
    }
}
