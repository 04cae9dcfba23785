using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The program with a wrong clock, and with a directory that refuses it.</summary>
public sealed class WrongClockProgramTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    // Both run at once, because each mostly waits.
    [Fact, Trait("Requires", "Faketime")]
    public Task Peer_with_a_corrected_clock_registers_again() =>
        Task.WhenAll(RegistersAgainAsync(days: 1), RegistersAgainAsync(days: 40));

    [Fact]
    public async Task Peer_with_history_starts_although_its_username_is_taken()
    {
        var arguments = peers.Arguments("settled");
        var (met, _, _) = await PeerProgram.RunAsync("connect echo\nsend echo remember this\nexit\n", arguments);
        Assert.Equal(0, met);
        await using var elsewhere = await TestDirectory.StartAsync();
        await using var owner = await PeerUnderTest.StartUnregisteredAsync(elsewhere.Url, "settled");
        await Eventually.True(
            () => owner.Status.Directory == P2PChat.Node.Model.DirectoryState.Registered,
            PeerUnderTest.Soon,
            "the name is taken"
        );

        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "history echo\nexit\n",
            "settled",
            "--discovery",
            elsewhere.Url,
            "--data",
            peers.DataOf("settled")
        );

        Assert.Equal("", errors);
        Assert.Contains("* Another key", output, StringComparison.Ordinal);
        Assert.Contains("settled: remember this", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private async Task RegistersAgainAsync(int days)
    {
        var arguments = peers.Arguments($"ahead{days}");
        var faked = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Faketime(),
            ["FAKETIME"] = $"+{days}d",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
        await using (var ahead = PeerProgram.Start(arguments, faked))
        {
            // Without history the peer exits.
            Assert.Equal(1, await ahead.ExitCodeAsync());
            Assert.Contains("clock", ahead.Errors, StringComparison.Ordinal);
        }

        var (exitCode, output, errors) = await PeerProgram.RunAsync("exit\n", arguments);

        Assert.Equal("", errors);
        Assert.Contains("registered in the directory", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static string Faketime() =>
        Directory
            .EnumerateDirectories("/usr/lib")
            .Select(directory => Path.Combine(directory, "faketime", "libfaketime.so.1"))
            .First(File.Exists);
}
