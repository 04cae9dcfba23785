using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Node.Backup;

/// <summary>The header of a backup (docs/backup.md). It is authenticated with each encrypted chunk.</summary>
/// <remarks>
/// <code>
/// magic       8   "P2PCHATB"
/// version     1   1
/// kdf         1+n length and name, "argon2id"
/// memory      4   KiB
/// passes      4
/// lanes       4
/// salt       16
/// chunk       4   bytes of plaintext in each chunk except the last
/// check      16   distinguishes a wrong passphrase from a damaged file
/// </code>
/// Numbers are unsigned and big-endian.
/// </remarks>
internal sealed class BackupHeader
{
    public const int CheckSize = 16;
    public const int DefaultChunk = 64 * 1024;

    private const byte Version = 1;
    private const int MinChunk = 1024;
    private const int MaxChunk = 1024 * 1024;
    private const int MaxNameLength = 32;

    private BackupHeader(byte[] bytes, PassphraseKdf kdf, int chunk)
    {
        Bytes = bytes;
        Kdf = kdf;
        Chunk = chunk;
    }

    public byte[] Bytes { get; }

    public PassphraseKdf Kdf { get; }

    /// <summary>The chunk size, in bytes of plaintext.</summary>
    public int Chunk { get; }

    public ReadOnlySpan<byte> Check => Bytes.AsSpan(^CheckSize..);

    private static ReadOnlySpan<byte> Magic => "P2PCHATB"u8;

    /// <param name="check">From <see cref="PassphraseKdf.Derive"/>.</param>
    public static BackupHeader Create(PassphraseKdf kdf, int chunk, ReadOnlySpan<byte> check)
    {
        using var bytes = new MemoryStream();
        bytes.Write(Magic);
        bytes.WriteByte(Version);
        var name = Encoding.ASCII.GetBytes(PassphraseKdf.Name);
        bytes.WriteByte((byte)name.Length);
        bytes.Write(name);
        Span<byte> number = stackalloc byte[4];
        foreach (var value in (ReadOnlySpan<int>)[kdf.MemoryKiB, kdf.Passes, kdf.Lanes])
        {
            BinaryPrimitives.WriteInt32BigEndian(number, value);
            bytes.Write(number);
        }

        bytes.Write(kdf.Salt);
        BinaryPrimitives.WriteInt32BigEndian(number, chunk);
        bytes.Write(number);
        bytes.Write(check);
        return new BackupHeader(bytes.ToArray(), kdf, chunk);
    }

    /// <summary>Reads the header and leaves the stream at the first chunk.</summary>
    /// <exception cref="BackupException">The header is not one that this program can use.</exception>
    public static BackupHeader Read(Stream input)
    {
        var read = new List<byte>(96);
        if (!Take(Magic.Length, BackupError.NotABackup).SequenceEqual(Magic))
        {
            throw new BackupException(BackupError.NotABackup);
        }

        if (Take(1, BackupError.Damaged)[0] != Version)
        {
            throw new BackupException(BackupError.OtherVersion);
        }

        int nameLength = Take(1, BackupError.Damaged)[0];
        if (
            nameLength > MaxNameLength
            || Encoding.ASCII.GetString(Take(nameLength, BackupError.Damaged)) != PassphraseKdf.Name
        )
        {
            throw new BackupException(BackupError.OtherVersion);
        }

        var (memory, passes, lanes) = (Number(), Number(), Number());
        var salt = Take(PassphraseKdf.SaltSize, BackupError.Damaged);
        if (!PassphraseKdf.IsWithinLimits(memory, passes, lanes))
        {
            throw new BackupException(BackupError.TooCostly);
        }

        var chunk = Number();
        if (chunk is < MinChunk or > MaxChunk)
        {
            throw new BackupException(BackupError.Damaged);
        }

        _ = Take(CheckSize, BackupError.Damaged);
        return new BackupHeader([.. read], new PassphraseKdf((int)memory, (int)passes, (int)lanes, salt), (int)chunk);

        uint Number() => BinaryPrimitives.ReadUInt32BigEndian(Take(4, BackupError.Damaged));

        byte[] Take(int count, BackupError errorAtEnd)
        {
            var bytes = new byte[count];
            if (input.ReadAtLeast(bytes, count, throwOnEndOfStream: false) < count)
            {
                throw new BackupException(errorAtEnd);
            }

            read.AddRange(bytes);
            return bytes;
        }
    }

    /// <summary>Derives the key from a passphrase.</summary>
    /// <exception cref="BackupException">The passphrase is wrong.</exception>
    public byte[] Key(string passphrase)
    {
        foreach (var form in Passphrase.ForOldBackup(passphrase))
        {
            var (key, check) = Kdf.Derive(form);
            if (CryptographicOperations.FixedTimeEquals(check, Check))
            {
                return key;
            }
        }

        throw new BackupException(BackupError.WrongPassphrase);
    }
}
