using System.Text;
using P2PChat.Node.Backup;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Node.Backup;

/// <summary>Checks the format against docs/vectors/backup.json, which another program has written.</summary>
public sealed class BackupVectorTests
{
    public sealed record Vectors(
        string Passphrase,
        string Key,
        string File,
        IReadOnlyList<Entry> Entries,
        IReadOnlyList<Invalid> Invalid
    );

    public sealed record Entry(string Name, string Content);

    public sealed record Invalid(string Why, string File, string Passphrase, string Error);

    internal static Vectors All { get; } = VectorFile.Read<Vectors>("backup.json");

    public static TheoryData<string> Refused => [.. All.Invalid.Select(vector => vector.Why)];

    [Fact]
    public void Backup_by_another_program_is_read()
    {
        using var file = new MemoryStream(Convert.FromHexString(All.File));
        var header = BackupHeader.Read(file);
        Assert.Equal(All.Key, Convert.ToHexStringLower(header.Key(All.Passphrase)));
        Assert.Equal(All.Entries, Entries(Convert.FromHexString(All.File), All.Passphrase));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Invalid_backup_is_refused_with_its_error(string why)
    {
        var vector = All.Invalid.Single(vector => vector.Why == why);
        var refusal = Assert.Throws<BackupException>(() =>
            Entries(Convert.FromHexString(vector.File), vector.Passphrase)
        );
        Assert.Equal(vector.Error, refusal.Error.ToString());
    }

    [Fact]
    public void Truncated_backup_is_refused_at_every_length()
    {
        var file = Convert.FromHexString(All.File);
        var key = Convert.FromHexString(All.Key);
        for (var length = 0; length < file.Length; length++)
        {
            using var cut = new MemoryStream(file, 0, length);
            _ = Assert.Throws<BackupException>(() => Entries(cut, _ => key));
        }
    }

    private static List<Entry> Entries(byte[] file, string passphrase)
    {
        using var input = new MemoryStream(file);
        return Entries(input, header => header.Key(passphrase));
    }

    private static List<Entry> Entries(Stream input, Func<BackupHeader, byte[]> keyOf)
    {
        var entries = new List<(string Name, MemoryStream Content)>();
        var header = BackupHeader.Read(input);
        using var reader = new OpeningReader(input, keyOf(header), header.Bytes, header.Chunk);
        BackupArchive.Read(reader, name =>
        {
            entries.Add((name, new MemoryStream()));
            return entries[^1].Content;
        });
        // ToArray works on a closed MemoryStream.
        return [.. entries.Select(entry => new Entry(entry.Name, Encoding.UTF8.GetString(entry.Content.ToArray())))];
    }
}
