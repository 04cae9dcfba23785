using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Saves the address of the directory once it has accepted this peer, so that a later start without
/// <see cref="PeerOptions.Discovery"/> finds it again.
/// </summary>
internal sealed partial class DirectoryMemory(
    DirectoryRegistration registration,
    PeerStore store,
    PeerOptions options,
    ILogger<DirectoryMemory> logger
) : BackgroundService
{
    private readonly ILogger<DirectoryMemory> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            _ = await registration.WaitForNewTokenAsync(known: null, stoppingToken);
            var (address, name) = (options.Discovery, Username.Parse(options.Username));
            if (
                registration.DirectoryId is { } id
                && (store.Meta.LoadPeer() is not { } known || !IsSame(known, address, id, name))
            )
            {
                await store.Meta.SaveDirectoryAsync(address, id, name);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer stopped before it was registered.
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
        }
    }

    private static bool IsSame(StoredPeer known, string address, byte[] id, Username name) =>
        known.Directory == address
        && known.Name == name
        && known.DirectoryId is { } knownId
        && knownId.Span.SequenceEqual(id);

    [LoggerMessage(LogLevel.Warning, "The directory's address could not be saved. The next start must name it.")]
    private partial void LogNotSaved(Exception exception);
}
