using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace P2PChat.Bench.Processes;

/// <summary>coturn's server as a STUN server on loopback, for one row.</summary>
internal sealed class CoturnProcess : IAsyncDisposable
{
    // The shell prints the server's process id, and stops the server when standard input closes.
    private const string Script = """
        exec 3<&0 2>/dev/null
        turnserver -n --no-auth --stun-only -L 127.0.0.1 -p "$1" --no-tls --no-dtls --no-cli --no-stdout-log \
            --log-file=/dev/null --pidfile=/dev/null </dev/null >/dev/null 2>&1 & server=$!
        echo $server
        (cat <&3 >/dev/null; kill $server 2>/dev/null) & guard=$!
        wait $server
        kill $guard 2>/dev/null
        """;

    private readonly Process _shell;

    private CoturnProcess(Process shell, int id, int port)
    {
        _shell = shell;
        Id = id;
        Endpoint = new IPEndPoint(IPAddress.Loopback, port);
    }

    /// <summary>The process id of the server.</summary>
    public int Id { get; }

    /// <summary>Where it answers, once it has started.</summary>
    public IPEndPoint Endpoint { get; }

    /// <exception cref="InvalidOperationException">turnserver is missing.</exception>
    public static async Task<CoturnProcess> StartAsync()
    {
        var port = FreePort.Next();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            var shell = Process.Start(start)!;
            var id = int.Parse((await shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            return new CoturnProcess(shell, id, port);
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("coturn could not be started because /bin/sh is missing.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.StopAsync(_shell);
        _shell.Dispose();
    }
}
