using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// A redis-server for one test, on a loopback port that it keeps across restarts, with a temporary directory.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    // The shell lives as long as the server, and kills it when standard input ends: in KillAsync, and if the test
    // process is killed.
    private const string Guarded = """
        exec 3<&0
        "$@" </dev/null & server=$!
        (cat <&3 >/dev/null; kill -9 $server) & guard=$!
        wait $server; code=$?
        kill $guard 2>/dev/null
        exit $code
        """;

    private readonly string[] _arguments;
    private readonly string _directory;
    private Process? _shell;

    private RedisServer(int port, string[] arguments)
    {
        Port = port;
        _arguments = arguments;
        _directory = Directory.CreateTempSubdirectory("p2pchat-redis-").FullName;
    }

    public int Port { get; }

    /// <summary>The data directory, removed when the server is disposed.</summary>
    public string DataDirectory => _directory;

    /// <summary>Connection string of a client that starts without the server and reconnects later.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false";

    /// <summary>Starts a server and waits until it answers PING.</summary>
    /// <param name="arguments">Additional options, for example <c>--cluster-enabled yes</c>.</param>
    /// <exception cref="InvalidOperationException">
    /// redis-server is missing or did not start. The message has its log.
    /// </exception>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(LoopbackPort.Next(), arguments);
            try
            {
                await server.LaunchAsync();
                return server;
            }
            catch (AddressTakenException) when (attempt < 5)
            {
                // Another process has taken the port since it was found free.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Kills the server (SIGKILL) and waits for its end. Its data stays on disk.</summary>
    public async Task KillAsync()
    {
        if (_shell is not { } shell)
        {
            return;
        }

        _shell = null;
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        shell.Dispose();
    }

    /// <summary>Restarts the server on the same port, killing it first if it still runs.</summary>
    /// <param name="keepData">Whether acknowledged writes are kept; otherwise the server starts empty.</param>
    public async Task RestartAsync(bool keepData)
    {
        await KillAsync();
        if (!keepData)
        {
            Directory.Delete(_directory, recursive: true);
            Directory.CreateDirectory(_directory);
        }

        await LaunchAsync();
    }

    /// <inheritdoc cref="Resp.SendAsync"/>
    public Task<string> SendAsync(params string[] command) => Resp.SendAsync(Port, command);

    /// <inheritdoc cref="Resp.SendAllAsync"/>
    public Task<string> SendAllAsync(params string[][] commands) => Resp.SendAllAsync(Port, commands);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task LaunchAsync()
    {
        var log = Path.Combine(_directory, "redis.log");
        File.Delete(log);
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", Guarded, "sh", "redis-server" },
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        // An acknowledged write is in the append-only file, so that SIGKILL loses nothing. The default, everysec, may
        // acknowledge earlier on a slow disk.
        string[] options =
        [
            "--port",
            Port.ToString(CultureInfo.InvariantCulture),
            "--bind",
            "127.0.0.1",
            "--dir",
            _directory,
            "--logfile",
            log,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "no",
            "--daemonize",
            "no",
            .. _arguments,
        ];
        foreach (var option in options)
        {
            start.ArgumentList.Add(option);
        }

        var shell = Process.Start(start) ?? throw new InvalidOperationException("/bin/sh did not start.");
        _shell = shell;
        await Eventually.True(
            async () => shell.HasExited || await AnswersAsync(),
            StartsWithin,
            $"redis-server on port {Port} answers a PING"
        );
        if (!shell.HasExited)
        {
            return;
        }

        shell.StandardInput.Close();
        var complaint = await shell.StandardError.ReadToEndAsync() + Log(log);
        if (complaint.Contains("Address already in use", StringComparison.Ordinal))
        {
            throw new AddressTakenException();
        }

        throw new InvalidOperationException(
            $"redis-server did not start; where there is none, ./test.sh gets one. It said: {complaint}"
        );
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return await SendAsync("PING") == "PONG";
        }
        catch (Exception exception) when (exception is SocketException or IOException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Log(string path) => File.Exists(path) ? File.ReadAllText(path) : "";

    private sealed class AddressTakenException : Exception;
}
