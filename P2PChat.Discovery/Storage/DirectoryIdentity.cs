using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// The values that all replicas share: the directory's id, which every record names, and the secret key of the
/// claimants' pseudonyms. If Redis loses its data, a replica writes them back, so that peers need not sign again.
/// </summary>
internal sealed partial class DirectoryIdentity(
    IPeerStore store,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider,
    ILogger<DirectoryIdentity> logger
) : BackgroundService
{
    private const int KeySize = 32;

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private readonly ILogger<DirectoryIdentity> _logger = logger;
    private readonly HashSet<string> _reported = [];
    private readonly byte[]? _configuredKey = options.Value.ClaimantKey is { Length: > 0 } text
        ? SHA256.HashData(Encoding.UTF8.GetBytes(text))
        : null;
    private volatile byte[]? _key;
    private volatile string? _id;

    /// <summary>16 bytes in lower-case hex.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public string Id =>
        _id
        ?? throw new StoreUnavailableException("The directory has not reached its store yet and does not know its id.");

    /// <summary>Returns the pseudonyms of an address.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public Claimant ClaimantOf(string address)
    {
        var key = _key
            ?? throw new StoreUnavailableException(
                "The directory has not reached its store yet and does not have its claimant key."
            );
        return new Claimant(
            Claimant.PseudonymOf(address, key),
            Claimant.PseudonymOf(address, Encoding.ASCII.GetBytes(Id))
        );
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RefreshInterval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await RefreshAsync(stoppingToken);
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var proposal = _id
                ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SignedRecord.DirectoryIdSize));
            _id = Convert.ToHexStringLower(
                BytesOf(
                    await store.EnsureDirectoryIdAsync(proposal, cancellationToken),
                    SignedRecord.DirectoryIdSize,
                    "directory id"
                )
            );
            _key = _configuredKey
                ?? BytesOf(
                    await store.EnsureClaimantKeyAsync(
                        Convert.ToHexStringLower(_key ?? RandomNumberGenerator.GetBytes(KeySize)),
                        cancellationToken
                    ),
                    KeySize,
                    "claimant key"
                );
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth; the next round tries again.
        }
    }

    // A value written by another program must not stop the directory. Its hash is the same on every replica.
    private byte[] BytesOf(string stored, int size, string value)
    {
        if (stored.Length == 2 * size && stored.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(stored);
        }

        if (_reported.Add(value))
        {
            LogNotHex(value, 2 * size);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(stored))[..size];
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The {Value} in the store is not {Digits} hexadecimal digits. The directory uses a hash of the value instead."
    )]
    private partial void LogNotHex(string value, int digits);
}
