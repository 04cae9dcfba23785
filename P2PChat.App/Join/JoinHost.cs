using P2PChat.App.Browser;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.Invites;
using DirectoryState = P2PChat.Node.Model.DirectoryState;

namespace P2PChat.App.Join;

/// <summary>Runs a peer that joins by an invite.</summary>
/// <param name="options">The peer's options, with the link.</param>
internal sealed class JoinHost(InviteLink link, JoinTarget target, PeerOptions options, StreamsKind streams)
{
    /// <summary>How long the first registration may take before the console opens without it.</summary>
    private static readonly TimeSpan RegistrationTime = TimeSpan.FromSeconds(15);

    /// <summary>Whether the peer ended because another key claims the name. The user has not been told.</summary>
    public bool IsNameTaken { get; private set; }

    /// <summary>Runs until the user or a signal stops it, or the directory refuses a new peer.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(WebApplicationBuilder builder, PageOpener page)
    {
        var isRefused = false;
        try
        {
            var peer = PeerApp.Build(builder, options, streams);
            return await peer.RunAsync(options, streams, async cancellationToken =>
            {
                var refused = await OnStartedAsync(peer, page, cancellationToken);
                isRefused = refused is not null;
                return refused;
            });
        }
        catch (Exception exception) when (PeerProcess.StartupError(exception, options) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return ExitCodes.Failure;
        }
        finally
        {
            PageFile.Delete(target.Path);
            if (isRefused && target.IsNew)
            {
                DeleteNew();
            }
        }
    }

    private async Task<int?> OnStartedAsync(WebApplication peer, PageOpener page, CancellationToken cancellationToken)
    {
        // A peer that has been here before has contacts and messages, and starts like any other.
        if (!target.HasJoined(link))
        {
            if (await IsRefusedAsync(peer, cancellationToken))
            {
                return ExitCodes.Failure;
            }

            Console.WriteLine($"* {link.Inviter} (key {link.Key.Short}) is verified by the invite");
            if (options.Data is null)
            {
                Console.WriteLine($"* next time, 'p2pchat peer {target.Name}' starts this peer");
            }
        }

        if (await page.OpenAsync(peer.Services.GetRequiredService<IPeer>(), cancellationToken) is { } line)
        {
            Console.WriteLine(line);
        }

        return null;
    }

    private async Task<bool> IsRefusedAsync(WebApplication peer, CancellationToken cancellationToken)
    {
        var status = peer.Services.GetRequiredService<StatusService>();
        await status.WaitForDirectoryAsync(RegistrationTime, TimeProvider.System, cancellationToken);
        if (status.Current is not { Directory: DirectoryState.Refused, DirectoryDetail: var detail })
        {
            return false;
        }

        IsNameTaken = status.IsNameTaken;
        if (!IsNameTaken)
        {
            await Console.Error.WriteLineAsync(
                link.Room is not null && status.IsNotAdmitted
                    ? "A link to a room does not let you into its directory. Ask "
                        + $"{link.Inviter} for an invite first, join with it, and then type 'connect <link>' to join "
                        + "the room."
                    : detail
            );
        }

        return true;
    }

    // It holds nothing but a key without a name, and the link.
    private void DeleteNew()
    {
        try
        {
            Directory.Delete(target.Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another attempt uses it again.
        }
    }
}
