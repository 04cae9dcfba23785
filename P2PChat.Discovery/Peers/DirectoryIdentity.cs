using System.Security.Cryptography;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// The directory's id, shared by all replicas and named in each record. A replica puts the one that it knows back into a
/// Redis that lost its data, so that peers need not sign anew.
/// </summary>
internal sealed class DirectoryIdentity(IPeerStore store, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private volatile string? _id;

    /// <summary>16 bytes in lower-case hex.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public string Id => _id ?? throw new StoreUnavailableException("The directory has not reached its store yet, so it does not know its id.");

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await RefreshAsync(stoppingToken);
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        try
        {
            var proposal = _id ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SignedRecord.DirectoryIdSize));
            _id = await store.EnsureDirectoryIdAsync(proposal, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told; the next round tries again.
        }
    }
}
