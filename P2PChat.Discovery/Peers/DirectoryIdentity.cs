using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// The values that all replicas share: the directory's id, which each record names, and the secret key of its claimants'
/// pseudonyms. A replica puts what it knows back into a Redis that lost its data, so that peers need not sign again.
/// </summary>
internal sealed class DirectoryIdentity(IPeerStore store, IOptions<DirectoryOptions> options, TimeProvider time) : BackgroundService
{
    private const int KeySize = 32;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly byte[]? _configuredKey = options.Value.ClaimantKey is { Length: > 0 } text ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : null;
    private volatile byte[]? _key;

    private volatile string? _id;

    /// <summary>16 bytes in lower-case hex.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public string Id => _id ?? throw new StoreUnavailableException("The directory has not reached its store yet, so it does not know its id.");

    /// <summary>Returns the pseudonym of an address.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public Claimant ClaimantOf(string address)
    {
        var key = _key ?? throw new StoreUnavailableException("The directory has not reached its store yet, and does not have its key.");
        return new Claimant(ClientAddress.Pseudonym(address, key), ClientAddress.Pseudonym(address, Encoding.ASCII.GetBytes(Id)));
    }

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
            _key = _configuredKey ?? Convert.FromHexString(
                await store.EnsureClaimantKeyAsync(Convert.ToHexStringLower(_key ?? RandomNumberGenerator.GetBytes(KeySize)), cancellation));
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told; the next round tries again.
        }
    }
}
