using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using P2PChat.Client;
using P2PChat.Node.Identity;

namespace P2PChat.Peer.Api;

/// <summary>
/// Tells the owner's other programs, through the data directory, where the local API is and what opens it. Both are
/// written once it listens, so that whoever sees them can call at once.
/// </summary>
public sealed class ApiFiles(DataDirectory data, IServer server) : IHostedLifecycleService
{
    // What listens everywhere can be called from here by this.
    private const string OnThisMachine = "://127.0.0.1:";

    public ApiToken Token { get; } = ApiToken.Read(data.Read(ApiFileNames.Token)) ?? ApiToken.New();

    /// <summary>Null before the API listens.</summary>
    public string? Address =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
            ? address
                .Replace("://[::]:", OnThisMachine, StringComparison.Ordinal)
                .Replace("://0.0.0.0:", OnThisMachine, StringComparison.Ordinal)
            : null;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Written even if it was there: so it has the right mode, whatever was done to it meanwhile.
            data.Write(ApiFileNames.Token, Token.Text);
            data.Write(ApiFileNames.Address, Address ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(data.FullPath, e);
        }

        return Task.CompletedTask;
    }

    // A peer that was killed has left its address behind.
    public Task StartingAsync(CancellationToken cancellationToken) => ForgetAddress();

    public Task StoppingAsync(CancellationToken cancellationToken) => ForgetAddress();

    private Task ForgetAddress()
    {
        File.Delete(Path.Combine(data.FullPath, ApiFileNames.Address));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
