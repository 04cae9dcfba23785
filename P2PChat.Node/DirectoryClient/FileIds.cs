using System.Security.Cryptography;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Ids of stored files: 32 lower-case hexadecimal digits, chosen at random by the sender.</summary>
internal static class FileIds
{
    private const int Size = 16;

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Size));

    public static bool IsValid(string? id) =>
        id is { Length: 2 * Size } && id.All(character => character is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    /// <summary>Returns the id, which becomes part of a URL.</summary>
    /// <exception cref="ArgumentException">It is not valid.</exception>
    public static string Checked(string id) =>
        IsValid(id) ? id : throw new ArgumentException("It is not the id of a stored file.", nameof(id));
}
