using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace P2PChat.Node.Backup;

/// <summary>
/// Argon2id (RFC 9106), version 0x13: it makes each guess at a passphrase cost memory as well as time, which whoever has
/// many processors has no more of.
/// </summary>
internal sealed class PassphraseKdf(int memoryKiB, int passes, int lanes, byte[] salt)
{
    public const string Name = "argon2id";
    public const int SaltSize = 16;
    public const int KeySize = 32;

    // What a file may ask for: a hostile one must burn neither hours nor all memory.
    private const uint LeastMemoryKiB = 1024;
    private const uint MostMemoryKiB = 256 * 1024;
    private const uint MostPasses = 10;
    private const uint MostLanes = 16;

    public int MemoryKiB { get; } = memoryKiB;

    public int Passes { get; } = passes;

    public int Lanes { get; } = lanes;

    public byte[] Salt { get; } = salt;

    /// <summary>The second choice of RFC 9106, section 4, for where 2 GiB are too much; with a salt of its own.</summary>
    public static PassphraseKdf New() => new(64 * 1024, 3, 4, RandomNumberGenerator.GetBytes(SaltSize));

    public static bool IsBearable(uint memoryKiB, uint passes, uint lanes) =>
        memoryKiB is >= LeastMemoryKiB and <= MostMemoryKiB
        && passes is >= 1 and <= MostPasses
        && lanes is >= 1 and <= MostLanes;

    /// <returns>The key, and what tells that it is the right one.</returns>
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
