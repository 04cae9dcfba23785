using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>What keeps the program from starting is told in one sentence, by its exit code, and without a stack trace.</summary>
public sealed class BadStartTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private const string Hint = "Run 'P2PChat.Peer --help' to see how it is used.\n";

    [Theory]
    [InlineData("The username is missing.")]
    [InlineData(
        "'no' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit.",
        "no"
    )]
    [InlineData("The port is '80000'. Give a number from 0 to 65535.", "user1", "80000")]
    [InlineData("'--wat' is not an option.", "user1", "--wat")]
    [InlineData("'--api' needs a value.", "user1", "--api")]
    public async Task A_usage_error_is_one_sentence_and_a_hint(string sentence, params string[] arguments)
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync("", arguments);

        Assert.Equal("", output);
        Assert.Equal($"{sentence}\n{Hint}", errors);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task The_environment_is_heard_and_the_command_line_goes_before_it()
    {
        var environment = new Dictionary<string, string>
        {
            ["Peer__Username"] = "fromenv",
            ["Peer__Port"] = "bad",
            ["Peer__Accept"] = "worse",
        };
        await using var refused = PeerProgram.Start(["1234"], environment);
        Assert.Equal(2, await refused.ExitCodeAsync());
        Assert.StartsWith("The port is 'bad'", refused.Errors, StringComparison.Ordinal);

        await using var heard = PeerProgram.Start(["user1", "1234"], environment);
        Assert.Equal(2, await heard.ExitCodeAsync());
        Assert.StartsWith("'worse' is not a valid accept mode", heard.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_store_is_told_and_left_as_it_is()
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
    public async Task Data_directory_writable_by_others_is_refused_at_startup()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var data = new TempDirectory();
        File.SetUnixFileMode(data.Path, (UnixFileMode)0b111_111_111);

        var (exitCode, output, errors) = await PeerProgram.RunAsync("", "open", "--data", data.Path);

        Assert.Equal("", output);
        Assert.Equal(
            $"Other users can write to the data directory {data.Path}. Run chmod 700 '{data.Path}', or name another directory with --data.\n",
            errors
        );
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
                    "--accept <whom>",
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
    public async Task A_name_that_is_another_s_ends_the_console_and_says_what_to_do()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            peers.Arguments("thief") is [_, .. var rest] ? ["echo", .. rest] : []
        );

        Assert.Equal("", output);
        Assert.StartsWith("Another key claims this name", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        using var taken = Listen(out var port);

        var (exitCode, output, errors) = await PeerProgram.RunAsync("list\n", peers.Arguments("porter", $"{port}"));

        IsOneSentence(errors);
        Assert.Contains($"{port}", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_port_of_the_api_in_use_is_told()
    {
        using var taken = Listen(out var port);

        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            peers.Arguments("porter2", "--api", $"{port}")
        );

        Assert.Contains($"(port {port})", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_written_is_told()
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

            Assert.Equal(
                $"The data directory {file}/below cannot be written. Name another directory with --data, or run with --ephemeral.\n",
                errors
            );
            Assert.Equal("", output);
            Assert.Equal(1, exitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_data_directory_in_use_is_told()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "list\n",
            "user1",
            "--data",
            peers.Echo.Data,
            "--discovery",
            peers.Directory.Url
        );

        Assert.Equal(
            $"Another peer runs on {peers.Echo.Data}. Stop it first, or name another directory with --data.\n",
            errors
        );
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Without_a_directory_the_console_opens_says_so_and_goes_on()
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
        Assert.Contains("\ndirectory  unreachable: ", output, StringComparison.Ordinal);
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

    private static void IsOneSentence(string text)
    {
        Assert.EndsWith(".\n", text, StringComparison.Ordinal);
        Assert.Single(text.TrimEnd('\n').Split('\n'));
    }
}
