using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using P2PChat.Client;
using P2PChat.Node.Identity;

namespace P2PChat.Peer.Api;

/// <summary>
/// Writes the local API's address and token to the data directory, for the owner's other programs. The files appear
/// only
/// once the API listens, so a program that finds them can call it at once.
/// </summary>
public sealed class ApiFiles(DataDirectory data, PagePort port, IServer server) : IHostedLifecycleService
{
    private const string Loopback = "://127.0.0.1:";

    public ApiToken Token { get; } = ApiToken.Read(data.Read(ApiFileNames.Token)) ?? ApiToken.New();

    /// <summary>The API's address for programs on this machine; null until the API listens.</summary>
    public string? Address =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
            ? address
                .Replace("://[::]:", Loopback, StringComparison.Ordinal)
                .Replace("://0.0.0.0:", Loopback, StringComparison.Ordinal)
            : null;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Written even if it exists, because its mode may have been changed.
            data.Write(ApiFileNames.Token, Token.Text);
            data.Write(ApiFileNames.Address, Address ?? "");
            if (Address is { } address)
            {
                port.Remember(new Uri(address).Port);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(data.FullPath, exception);
        }

        return Task.CompletedTask;
    }

    // A peer that was killed leaves its address behind.
    public Task StartingAsync(CancellationToken cancellationToken) => DeleteAddress();

    public Task StoppingAsync(CancellationToken cancellationToken) => DeleteAddress();

    private Task DeleteAddress()
    {
        File.Delete(Path.Combine(data.FullPath, ApiFileNames.Address));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
