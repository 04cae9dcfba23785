using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
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

        Assert.Equal("the disk is full", SaveState.FailureReason(full));
        Assert.Equal(
            "the disk is full",
            SaveState.FailureReason(new InvalidOperationException("", new SqliteException("", 13)))
        );
        Assert.Equal("SqliteException", SaveState.FailureReason(new SqliteException("", 10)));
        Assert.Equal("IOException", SaveState.FailureReason(new IOException()));
    }

    [Fact]
    public async Task Peer_keeps_running_when_its_output_disk_is_full()
    {
        using var data = new TempDirectory();
        await using var program = PeerProgram.StartByShell(
            $"exec $PEER fulla --discovery http://127.0.0.1:9 --data '{data.Path}' > /dev/full"
        );
        await program.TypeAsync("requests\nstatus\nexit\n");

        Assert.Equal(0, await program.ExitCodeAsync());
        Assert.Equal(
            "Output cannot be written (the disk is full) and is being lost. Free some space, or restart with "
                + "another output.\n",
            program.Errors
        );
    }
}
