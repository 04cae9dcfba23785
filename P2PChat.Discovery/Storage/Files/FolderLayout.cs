using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// Layout of the folder: <c>directory.id</c>, <c>replicas/&lt;replica&gt;</c>, <c>incoming/&lt;blob&gt;</c> and
/// <c>files/&lt;characters 3 and 4&gt;/&lt;blob&gt;</c>.
/// </summary>
internal sealed class FolderLayout(string folder)
{
    public const string StartEmptyName = "start-empty";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int NameSize = 16;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public string Folder { get; } = Path.GetFullPath(folder);

    public string IdFile => Path.Combine(Folder, "directory.id");

    /// <summary>Created by the operator to begin with an empty folder after the old one was lost.</summary>
    public string StartEmptyFile => Path.Combine(Folder, StartEmptyName);

    public string Incoming => Path.Combine(Folder, "incoming");

    public string Files => Path.Combine(Folder, "files");

    public string Replicas => Path.Combine(Folder, "replicas");

    /// <summary>Returns a new random name, as blobs and replicas have.</summary>
    public static string NewName() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameSize));

    /// <summary>Whether the string is a valid blob or replica name, so that it is safe in a path.</summary>
    public static bool IsName(string name) =>
        name.Length == 2 * NameSize && !name.AsSpan().ContainsAnyExcept(HexDigits);

    public string IncomingOf(string blob) => Path.Combine(Incoming, Checked(blob));

    public string DirectoryOf(string blob) => Path.Combine(Files, Checked(blob)[2..4]);

    public string PathOf(string blob) => Path.Combine(DirectoryOf(blob), blob);

    public string ReplicaFile(string name) => Path.Combine(Replicas, Checked(name));

    /// <summary>Creates a directory that only its owner can read.</summary>
    public static void Create(string path)
    {
        if (!Directory.Exists(path))
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(path)
                : Directory.CreateDirectory(path, OwnerOnly);
        }
    }

    /// <summary>Writes a small file, which after a crash has either its old content or the new one.</summary>
    public static void WriteDurably(string path, string text)
    {
        var written = path + ".new";
        using (var stream = File.Create(written))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(written, path, overwrite: true);
        UnixDirectory.Sync(Path.GetDirectoryName(path)!);
    }

    private static string Checked(string name) =>
        IsName(name) ? name : throw new ArgumentException("It is not the name of a blob or replica.", nameof(name));
}
