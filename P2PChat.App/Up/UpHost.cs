using P2PChat.App.Browser;
using P2PChat.App.Terminal;
using P2PChat.Client;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;

namespace P2PChat.App.Up;

/// <summary>Runs a directory and its owner's peer in this process, and ends them together: the peer first.</summary>
/// <param name="path">Where the directory keeps its data.</param>
internal sealed class UpHost(UpSettings settings, PeerOptions options, StreamsKind streams, string path)
{
    private Task<OwnDirectory>? _directory;
    private volatile bool _hasFailed;

    /// <summary>The directory, once it has started.</summary>
    internal Task<OwnDirectory> Directory =>
        _directory ?? throw new InvalidOperationException("The directory is not being started yet.");

    /// <summary>Runs until the user or a signal stops it, or one of the two fails.</summary>
    /// <param name="builder">Builds the peer with <see cref="PeerOptions"/>.</param>
    /// <returns>The exit code. Failures have been reported.</returns>
    public async Task<int> RunAsync(WebApplicationBuilder builder, PageOpener page)
    {
        _directory = Task.Run(() => OwnDirectory.StartAsync(settings, path, streams));
        try
        {
            // First, so that it is the outermost handler: the time of a call does not begin before the directory runs.
            builder
                .Services.AddHttpClient(PeerNodeServices.DirectoryHttpClientName)
                .AddHttpMessageHandler(() => new DirectoryGate(_directory));
            var peer = PeerApp.Build(builder, options, streams);
            using var address = FollowAddress(peer);
            var result = await peer.RunAsync(options, streams, cancellationToken =>
                OnStartedAsync(peer, page, cancellationToken)
            );
            return _hasFailed ? ExitCodes.Failure : result;
        }
        catch (Exception exception) when (PeerProcess.StartupError(exception, options) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return ExitCodes.Failure;
        }
        finally
        {
            await StopDirectoryAsync();
        }
    }

    // An address that the user has configured stays.
    private InviteAddress? FollowAddress(WebApplication peer)
    {
        if (options.InviteDirectory is not null)
        {
            return null;
        }

        if (settings.Lan == true)
        {
            return new InviteAddress(peer.Services.GetRequiredService<ILocalAddresses>(), options, settings.Port);
        }

        options.InviteDirectory = InviteAddress.Local(settings.Port);
        return null;
    }

    /// <returns>An exit code if the directory did not start; otherwise null.</returns>
    private async Task<int?> OnStartedAsync(WebApplication peer, PageOpener page, CancellationToken cancellationToken)
    {
        try
        {
            var directory = await Directory.WaitAsync(cancellationToken);
            // Kept, because the peer's services are gone when the directory stops as it should.
            var lifetime = peer.Lifetime;
            _ = directory.Stopping.Register(() => OnDirectoryStopped(lifetime));
        }
        catch (Exception exception) when (OwnDirectory.StartupError(exception, settings.Port) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return ExitCodes.Failure;
        }

        var reach =
            settings.Lan == true
                ? "while this program runs"
                : "for this computer only; restart with --lan to open it to your network";
        Console.WriteLine($"* your directory is at {AddressText.Show(options.InviteDirectory)}, {reach}");
        Console.WriteLine("* 'invite' makes a link that lets a friend join");
        if (await page.OpenAsync(peer.Services.GetRequiredService<IPeer>(), cancellationToken) is { } line)
        {
            Console.WriteLine(line);
        }

        return null;
    }

    private void OnDirectoryStopped(IHostApplicationLifetime peer)
    {
        if (peer.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        _hasFailed = true;
        Console.Error.WriteLine(
            "The directory stopped because of an unexpected error, so this peer stops too. Run the command again."
        );
        peer.StopApplication();
    }

    private async Task StopDirectoryAsync()
    {
        try
        {
            await (await Directory).DisposeAsync();
        }
        catch (Exception exception) when (OwnDirectory.StartupError(exception, settings.Port) is not null)
        {
            // Already reported, once the peer had started.
        }
    }
}
