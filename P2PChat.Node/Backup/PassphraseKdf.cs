using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace P2PChat.Node.Backup;

/// <summary>
/// Argon2id (RFC 9106), version 0x13. Each guess at a passphrase costs memory as well as time, which parallel hardware
/// does not make cheap.
/// </summary>
internal sealed class PassphraseKdf(int memoryKiB, int passes, int lanes, byte[] salt)
{
    public const string Name = "argon2id";
    public const int SaltSize = 16;
    public const int KeySize = 32;

    // The range for a file that is read, so that a hostile one costs neither hours nor all memory.
    private const uint MinMemoryKiB = 1024;
    private const uint MaxMemoryKiB = 256 * 1024;
    private const uint MaxPasses = 10;
    private const uint MaxLanes = 16;

    public int MemoryKiB { get; } = memoryKiB;

    public int Passes { get; } = passes;

    public int Lanes { get; } = lanes;

    public byte[] Salt { get; } = salt;

    /// <summary>
    /// Creates the second recommended option of RFC 9106, section 4, with a new salt. The first one needs 2 GiB.
    /// </summary>
    public static PassphraseKdf New() => new(64 * 1024, 3, 4, RandomNumberGenerator.GetBytes(SaltSize));

    public static bool IsWithinLimits(uint memoryKiB, uint passes, uint lanes) =>
        memoryKiB is >= MinMemoryKiB and <= MaxMemoryKiB
        && passes is >= 1 and <= MaxPasses
        && lanes is >= 1 and <= MaxLanes;

    /// <summary>Derives the key, and a check value that shows whether the passphrase is right.</summary>
    public (byte[] Key, byte[] Check) Derive(string passphrase)
    {
        var parameters = new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13)
            .WithMemoryAsKB(MemoryKiB)
            .WithIterations(Passes)
            .WithParallelism(Lanes)
            .WithSalt(Salt)
            .Build();
        var generator = new Argon2BytesGenerator();
        generator.Init(parameters);
        var derived = new byte[KeySize + BackupHeader.CheckSize];
        _ = generator.GenerateBytes(Encoding.UTF8.GetBytes(passphrase), derived);
        return (derived[..KeySize], derived[KeySize..]);
    }
}
