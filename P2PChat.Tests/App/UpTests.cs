using System.Net;
using P2PChat.App.Browser;
using P2PChat.App.Up;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.App;

public sealed class UpTests : IDisposable
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempDirectory _temp = new();
    private readonly int _port = LoopbackPort.Next();

    private string Data => Path.Combine(_temp.Path, "alice");

    private string SettingsFile => Path.Combine(Data, "directory", "up.json");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Up_runs_peer_and_directory_until_interrupted()
    {
        await using var program = Up("--port", $"{_port}");
        await program.PrintsAsync($"* registered in the directory at http://localhost:{_port}\n");
        await program.PrintsAsync($"* your directory is at http://localhost:{_port}, for this computer only");
        using var peer = RemotePeer.Open(Data)!;
        Assert.StartsWith("127.0.0.1:", (await peer.GetStatusAsync()).Endpoint, StringComparison.Ordinal);

        var (again, output, _) = await AppProcess.RunAsync("", "up", "alice", "--data", Data);
        Assert.Equal(0, again);
        Assert.Contains("alice is already running", output, StringComparison.Ordinal);
        await AssertSignsInAsync(output.TrimEnd().Split('\n')[^1]);

        program.Signal("INT");
        Assert.Equal(0, await program.ExitCodeAsync());
        Assert.Equal("", program.Errors);
        Assert.True(LoopbackPort.IsFree(_port));
        Assert.False(File.Exists(Path.Combine(Data, "api-address")));
    }

    [Fact]
    public async Task Restart_keeps_port_token_and_name()
    {
        await RunAndExitAsync("--port", $"{_port}");
        var kept = await File.ReadAllTextAsync(SettingsFile);
        Assert.Contains($"\"port\": {_port}", kept, StringComparison.Ordinal);
        Assert.Equal(OwnerOnlyFile, File.GetUnixFileMode(SettingsFile));

        // A new claim of the name by the same key would be refused if the directory's data were lost meanwhile.
        var output = await RunAndExitAsync();

        Assert.Contains($"http://localhost:{_port}\n", output, StringComparison.Ordinal);
        Assert.Equal(kept, await File.ReadAllTextAsync(SettingsFile));
        await AppProcess.FailsAsync(1, "belongs to alice", "up", "carol", "--data", Data);
    }

    [Fact]
    public async Task Peer_without_its_directory_is_told_what_to_copy()
    {
        await RunAndExitAsync("--port", $"{_port}");
        var directory = Path.Combine(Data, "directory");
        Directory.Move(directory, Path.Combine(_temp.Path, "copy"));

        await AppProcess.FailsAsync(
            1,
            $"alice last used the directory at http://localhost:{_port}, and {directory} does not exist. If 'up' ran "
                + "that directory, end that 'up', copy the folder 'directory'",
            "up",
            "alice",
            "--data",
            Data
        );
        Assert.False(Directory.Exists(directory));

        Directory.Move(Path.Combine(_temp.Path, "copy"), directory);
        Assert.Contains($"http://localhost:{_port}\n", await RunAndExitAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_is_reported()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, _port);
        taken.Start();

        await AppProcess.FailsAsync(
            1,
            $"Port {_port} is in use by another program.",
            "up",
            "alice",
            "--data",
            Data,
            "--port",
            $"{_port}"
        );
    }

    [Fact]
    public async Task Damaged_settings_are_reported_and_not_changed()
    {
        Directory.CreateDirectory(Path.Combine(Data, "directory"));
        File.SetUnixFileMode(Data, OwnerOnlyFile | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(Data, "directory"), OwnerOnlyFile | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(SettingsFile, "{");

        await AppProcess.FailsAsync(1, $"{SettingsFile} is damaged", "up", "alice", "--data", Data);

        Assert.Equal("{", await File.ReadAllTextAsync(SettingsFile));
    }

    [Fact]
    public async Task Failed_directory_ends_the_peer()
    {
        var builder = PeerApp.CreateBuilder(
            new Dictionary<string, string?>
            {
                ["Peer:Username"] = "alice",
                ["Peer:Data"] = Data,
                ["Peer:Discovery"] = $"http://localhost:{_port}",
                ["Peer:JoinToken"] = "token",
                ["Logging:LogLevel:Default"] = "None",
            }
        );
        Assert.Null(PeerSettings.Read(builder.Configuration, out var options));
        var host = new UpHost(
            new UpSettings(_port, "token", Lan: false),
            options,
            StreamsKind.None,
            Path.Combine(_temp.Path, "directory")
        );
        var running = host.RunAsync(builder, new PageOpener(Data, StreamsKind.None, isWanted: false));
        await RegisteredAsync();

        (await host.Directory).Fail();

        Assert.Equal(ExitCodes.Failure, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(LoopbackPort.IsFree(_port));
        Assert.False(File.Exists(Path.Combine(Data, "api-address")));
    }

    private Task RegisteredAsync() =>
        Eventually.True(
            async () =>
            {
                using var peer = RemotePeer.Open(Data);
                return (await peer!.GetStatusAsync()).Directory.State == P2PChat.Client.DirectoryState.Registered;
            },
            TimeSpan.FromSeconds(30),
            "the peer is registered"
        );

    private PeerProgram Up(params string[] more) => AppProcess.Start(["up", "alice", "--data", Data, .. more]);

    private async Task<string> RunAndExitAsync(params string[] more)
    {
        await using var program = Up(more);
        await program.PrintsAsync("* registered in the directory at ");
        await program.TypeAsync("exit\n");
        Assert.Equal(0, await program.ExitCodeAsync());
        return program.Output;
    }

    // Kestrel answers for any host name; the resolver may not know alice.localhost.
    private static async Task AssertSignsInAsync(string link)
    {
        var address = new UriBuilder(link) { Host = "127.0.0.1" }.Uri;
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Host = new Uri(link).Authority;
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.Contains("Set-Cookie"));
    }
}
