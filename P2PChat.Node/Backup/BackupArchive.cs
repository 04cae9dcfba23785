using System.Buffers.Binary;
using System.Text;
using P2PChat.Node.Identity;
using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Import;

namespace P2PChat.Node.Backup;

/// <summary>
/// The plaintext of a backup: a sequence of entries, then a zero byte. An entry is the length of the name (1 byte), the
/// name (ASCII), the length of the content (8 bytes, big-endian) and the content.
/// </summary>
internal static class BackupArchive
{
    /// <summary>The first entry: a <see cref="BackupManifest"/>.</summary>
    public const string ManifestName = "backup.json";

    /// <summary>The copy of the store.</summary>
    public const string StoreName = StoreFile.FileName;

    public const string IdentityName = PeerIdentity.FileName;

    private const int BufferSize = 64 * 1024;

    /// <summary>The files of a data directory that a new backup contains.</summary>
    public static IReadOnlyList<string> Written { get; } = [IdentityName, StoreName];

    /// <summary>
    /// The files that a backup may contain. Older programs kept contacts, prekeys and settings in files.
    /// </summary>
    public static IReadOnlyList<string> Files { get; } = [IdentityName, .. FileImport.FileNames, StoreName];

    public static void Write(SealingWriter output, string name, Stream content)
    {
        WriteHead(output, name, content.Length);
        var buffer = new byte[BufferSize];
        var left = content.Length;
        while (left > 0)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                throw new IOException("A file became shorter while it was read.");
            }

            output.Write(buffer.AsSpan(0, read));
            left -= read;
        }
    }

    public static void WriteEnd(SealingWriter output)
    {
        output.Write([0]);
        output.Finish();
    }

    /// <summary>Reads all entries.</summary>
    /// <param name="create">
    /// Opens the stream for an entry's content, by its name: the manifest or one of <see cref="Files"/>, each once.
    /// </param>
    /// <exception cref="BackupException">The archive is damaged, or of a newer program.</exception>
    public static void Read(OpeningReader input, Func<string, Stream> create)
    {
        var seen = new HashSet<string>();
        var buffer = new byte[BufferSize];
        while (ReadName(input) is { } name)
        {
            if (name != ManifestName && !Files.Contains(name))
            {
                throw new BackupException(BackupError.OtherVersion);
            }

            if (!seen.Add(name) || (seen.Count == 1) != (name == ManifestName))
            {
                throw new BackupException(BackupError.Damaged);
            }

            input.Read(buffer.AsSpan(0, 8));
            var left = BinaryPrimitives.ReadUInt64BigEndian(buffer);
            using var output = create(name);
            while (left > 0)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(left, BufferSize));
                input.Read(part);
                output.Write(part);
                left -= (uint)part.Length;
            }
        }

        if (!input.IsAtEnd || !seen.Contains(IdentityName))
        {
            throw new BackupException(BackupError.Damaged);
        }
    }

    private static void WriteHead(SealingWriter output, string name, long length)
    {
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(size, length);
        output.Write([(byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. size]);
    }

    private static string? ReadName(OpeningReader input)
    {
        Span<byte> name = stackalloc byte[byte.MaxValue];
        input.Read(name[..1]);
        int length = name[0];
        if (length == 0)
        {
            return null;
        }

        input.Read(name[..length]);
        return Encoding.ASCII.GetString(name[..length]);
    }
}
