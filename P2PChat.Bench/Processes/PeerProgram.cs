using System.Diagnostics;
using P2PChat.Client;
using P2PChat.Peer.Hosting;

namespace P2PChat.Bench.Processes;

/// <summary>The program <c>P2PChat.Peer</c> as a process that lets everyone in, driven through its local API.</summary>
internal sealed class PeerProgram : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private PeerProgram(Process process, RemotePeer api) => (_process, Api) = (process, api);

    public RemotePeer Api { get; }

    /// <summary>Starts a peer and waits until it is registered.</summary>
    public static async Task<PeerProgram> StartAsync(string name, string directory, string data)
    {
        var process = Process.Start(
            ChildProcess.StartInfo(
                typeof(PeerApp).Assembly.Location,
                [name, "--discovery", directory, "--data", data, "--accept", "all"]
            )
        )!;
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (line.Contains("registered in the directory", StringComparison.Ordinal))
                {
                    // Nobody needs the rest, but a full pipe would block the peer.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return new PeerProgram(process, RemotePeer.Open(data)!);
                }
            }

            throw new InvalidOperationException("The peer exited before it was registered.");
        }
        catch
        {
            await ChildProcess.StopAsync(process);
            process.Dispose();
            throw;
        }
    }

    /// <summary>Waits until this peer has a link.</summary>
    public async Task WaitForLinkAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while ((await Api.GetStatusAsync()).Links == 0)
        {
            if (Stopwatch.GetElapsedTime(started) > Timeout)
            {
                throw new TimeoutException("The peers did not connect.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>An address that signs one browser in.</summary>
    public async Task<Uri> SignInAddressAsync() => new((await Api.CreateWebLinkAsync()).Url);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await ChildProcess.StopAsync(_process);
        _process.Dispose();
    }
}
