using P2PChat.App.Browser;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;

namespace P2PChat.App.Up;

/// <summary>Opens the page of a peer that an earlier command has started.</summary>
internal static class RunningPeer
{
    // The peer may still be starting.
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <returns>The exit code.</returns>
    public static async Task<int> OpenPageAsync(Username name, string data, PageOpener page)
    {
        using var timeout = new CancellationTokenSource(StartTime);
        try
        {
            using var peer = await FindAsync(data, timeout.Token);
            if (!page.CanOpen)
            {
                var link = (await peer.CreateWebLinkAsync(timeout.Token)).Url;
                Console.WriteLine(
                    $"{name} is already running. This link opens the page once, within a minute:\n{link}"
                );
                return ExitCodes.Success;
            }

            Console.WriteLine($"{name} is already running. Opening the page.");
            if (await page.OpenAsync(peer, timeout.Token) is { } line)
            {
                Console.WriteLine(line);
            }

            return ExitCodes.Success;
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or HttpRequestException or IOException or PeerApiException)
        {
            await Console.Error.WriteLineAsync(
                $"{name} is already running, but does not answer. Wait a moment and run this again, or stop that peer."
            );
            return ExitCodes.Failure;
        }
    }

    private static async Task<RemotePeer> FindAsync(string data, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (RemotePeer.Open(data) is { } peer)
            {
                return peer;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
