using System.Net;
using System.Net.Sockets;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>A program that cannot start prints one line, without a stack trace, and sets its exit code.</summary>
public sealed class BadStartTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Theory]
    [InlineData("username is missing")]
    [InlineData("'no' is not a username", "no")]
    [InlineData("'80000'", "user1", "80000")]
    [InlineData("'--wat' is not an option", "user1", "--wat")]
    [InlineData("'--api' needs a value", "user1", "--api")]
    public async Task Usage_error_is_one_line_and_a_hint(string fragment, params string[] arguments)
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync("", arguments);

        Assert.Equal("", output);
        Assert.Contains(fragment, errors.Split('\n')[0], StringComparison.Ordinal);
        Assert.EndsWith($".\n{ProgramName.Standalone.Hint}\n", errors, StringComparison.Ordinal);
        Assert.Equal(2, errors.TrimEnd('\n').Split('\n').Length);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task Command_line_overrides_the_environment()
    {
        var environment = new Dictionary<string, string>
        {
            ["Peer__Username"] = "fromenv",
            ["Peer__Port"] = "bad",
            ["Peer__Accept"] = "worse",
        };
        await using var refused = PeerProgram.Start(["1234"], environment);
        Assert.Equal(2, await refused.ExitCodeAsync());
        Assert.Contains("'bad'", refused.Errors, StringComparison.Ordinal);

        await using var overridden = PeerProgram.Start(["user1", "1234"], environment);
        Assert.Equal(2, await overridden.ExitCodeAsync());
        Assert.Contains("'worse'", overridden.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_store_is_reported_and_not_changed()
    {
        using var data = new TempDirectory();
        var store = Path.Combine(data.Path, "peer.db");
        var bytes = Enumerable.Range(0, 8192).Select(i => (byte)i).ToArray();
        await File.WriteAllBytesAsync(store, bytes);

        var (exitCode, output, errors) = await PeerProgram.RunAsync("", "damaged", "--data", data.Path);

        Assert.Equal("", output);
        Assert.StartsWith($"{store} is ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Equal(1, exitCode);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(store));
    }

    [Fact]
    public async Task Data_directory_writable_by_others_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var data = new TempDirectory();
        File.SetUnixFileMode(data.Path, (UnixFileMode)0b111_111_111);

        var (exitCode, output, errors) = await PeerProgram.RunAsync("", "open", "--data", data.Path);

        Assert.Equal("", output);
        IsOneLine(errors);
        Assert.Contains($"chmod 700 '{data.Path}'", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Empty(Directory.GetFileSystemEntries(data.Path));
    }

    [Fact]
    public async Task Help_and_version_are_printed()
    {
        var (helpCode, help, _) = await PeerProgram.RunAsync("", "--help");
        var (versionCode, version, _) = await PeerProgram.RunAsync("", "--version");

        Assert.Equal(
            [
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "OPTIONS",
                "COMMANDS",
                "FILES",
                "ENVIRONMENT",
                "EXIT STATUS",
                "EXAMPLES",
            ],
            help.Split('\n').Where(line => line.Length > 0 && line[0] != ' ')
        );
        Assert.All(
            (string[])
                [
                    "--discovery <url>",
                    "--data <dir>",
                    "--api <port>",
                    "--advertise <host:port>",
                    "--accept <mode>",
                    "--no-console",
                    "--no-color",
                    "--ephemeral",
                ],
            option => Assert.Contains($"\n  {option} ", help, StringComparison.Ordinal)
        );
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Matches(@"^P2PChat\.Peer \d+\.\d+\.\d+\n$", version);
        Assert.Equal((0, 0), (helpCode, versionCode));
    }

    [Fact]
    public async Task Username_of_another_key_ends_the_console()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            peers.Arguments("thief") is [_, .. var rest] ? ["echo", .. rest] : []
        );

        Assert.Equal("", output);
        IsOneLine(errors);
        Assert.Contains("Another key", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Peer_port_in_use_is_reported()
    {
        using var taken = Listen(out var port);

        var (exitCode, output, errors) = await PeerProgram.RunAsync("list\n", peers.Arguments("porter", $"{port}"));

        IsOneLine(errors);
        Assert.Contains($"{port}", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Api_port_in_use_is_reported()
    {
        using var taken = Listen(out var port);

        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            peers.Arguments("porter2", "--api", $"{port}")
        );

        IsOneLine(errors);
        Assert.Contains($"{port}", errors, StringComparison.Ordinal);
        Assert.Contains("--api", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Data_directory_that_cannot_be_written_is_reported()
    {
        var file = Path.GetTempFileName();
        try
        {
            var (exitCode, output, errors) = await PeerProgram.RunAsync(
                "list\n",
                "user1",
                "--data",
                $"{file}/below",
                "--discovery",
                peers.Directory.Url
            );

            IsOneLine(errors);
            Assert.Contains($"{file}/below", errors, StringComparison.Ordinal);
            Assert.Contains("--data", errors, StringComparison.Ordinal);
            Assert.Equal("", output);
            Assert.Equal(1, exitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Data_directory_in_use_is_reported()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            "user1",
            "--data",
            peers.Echo.Data,
            "--discovery",
            peers.Directory.Url
        );

        IsOneLine(errors);
        Assert.Contains(peers.Echo.Data, errors, StringComparison.Ordinal);
        Assert.Contains("--data", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Console_opens_without_a_directory_and_says_so()
    {
        var url = $"http://127.0.0.1:{LoopbackPort.Next()}";

        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\nconnect echo\nstatus\n",
            "lonely",
            "--discovery",
            url,
            "--data",
            peers.DataOf("lonely")
        );

        Assert.Matches(@"\* The directory[^\n]*cannot be reached[^\n]*\n", output);
        Assert.Matches(@"\ndirectory  \w+[^\n]*cannot be reached", output);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }

    private static void IsOneLine(string text)
    {
        Assert.EndsWith(".\n", text, StringComparison.Ordinal);
        Assert.Single(text.TrimEnd('\n').Split('\n'));
    }
}
