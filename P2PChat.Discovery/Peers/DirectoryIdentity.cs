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
internal sealed partial class DirectoryIdentity(
    IPeerStore store,
    IOptions<DirectoryOptions> options,
    TimeProvider time,
    ILogger<DirectoryIdentity> logger
) : BackgroundService
{
    private const int KeySize = 32;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

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
        ?? throw new StoreUnavailableException(
            "The directory has not reached its store yet, so it does not know its id."
        );

    /// <summary>Returns the pseudonym of an address.</summary>
    /// <exception cref="StoreUnavailableException">The store has not been reached since the start.</exception>
    public Claimant ClaimantOf(string address)
    {
        var key = _key
            ?? throw new StoreUnavailableException(
                "The directory has not reached its store yet, and does not have its key."
            );
        return new Claimant(
            ClientAddress.Pseudonym(address, key),
            ClientAddress.Pseudonym(address, Encoding.ASCII.GetBytes(Id))
        );
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
        {
            await RefreshAsync(stoppingToken);
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        try
        {
            var proposal = _id
                ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SignedRecord.DirectoryIdSize));
            _id = Convert.ToHexStringLower(
                BytesOf(
                    await store.EnsureDirectoryIdAsync(proposal, cancellation),
                    SignedRecord.DirectoryIdSize,
                    "directory id"
                )
            );
            _key = _configuredKey
                ?? BytesOf(
                    await store.EnsureClaimantKeyAsync(
                        Convert.ToHexStringLower(_key ?? RandomNumberGenerator.GetBytes(KeySize)),
                        cancellation
                    ),
                    KeySize,
                    "claimant key"
                );
        }
        catch (StoreUnavailableException)
        {
            // StoreHealth has told; the next round tries again.
        }
    }

    // A value that another program wrote must not stop the directory. A hash of it is the same at every replica.
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
