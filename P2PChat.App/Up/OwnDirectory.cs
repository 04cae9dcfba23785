using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Hosting;
using P2PChat.Discovery.Storage;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Peer.Hosting;

namespace P2PChat.App.Up;

/// <summary>The directory that <c>up</c> runs in its own process.</summary>
internal sealed class OwnDirectory : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OwnDirectory(WebApplication app) => _app = app;

    /// <summary>Ends when the directory stops for any reason.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <param name="path">Where the directory keeps its data.</param>
    public static async Task<OwnDirectory> StartAsync(UpSettings settings, string path, StreamsKind streams)
    {
        // These arguments stay in this process, so that no other user can see the token.
        var app = DiscoveryApp.Build(
            [
                $"--urls=http://{(settings.Lan == true ? "*" : "localhost")}:{settings.Port}",
                $"--Directory:JoinToken={settings.JoinToken}",
                $"--Directory:Data={path}",
                $"--Directory:Files:Folder={Path.Combine(path, "files")}",
            ],
            builder =>
            {
                _ = builder.AddConsoleLogging(streams);
                // The peer handles signals, because it leaves before the directory stops.
                builder.Services.AddSingleton<IHostLifetime, NoSignals>();
            }
        );
        try
        {
            await app.StartAsync();
            return new OwnDirectory(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <returns>A message for the user; null for an unexpected exception.</returns>
    public static string? StartupError(Exception exception, int port) =>
        exception switch
        {
            DirectoryStartException => exception.Message,
            OptionsValidationException invalid => string.Join(' ', invalid.Failures),
            IOException { InnerException: AddressInUseException } => PortInUse(port, isKnown: false),
            _ => null,
        };

    /// <param name="isKnown">Whether links may name the port already.</param>
    public static string PortInUse(int port, bool isKnown) =>
        $"Port {port} is in use by another program. Stop that program, or choose another port for the directory with "
        + "--port."
        + (isKnown ? " Links that you have sent name the port, and stop working if it changes." : "");

    /// <summary>Stops the directory as a fault would. For tests.</summary>
    internal void Fail() => _app.Lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
