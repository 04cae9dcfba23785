using System.Globalization;

namespace P2PChat.Client;

/// <summary>Files in a peer's data directory through which the owner's programs find its local API.</summary>
public static class ApiFileNames
{
    /// <summary>
    /// Contains the API's address, for example <c>http://127.0.0.1:41234</c>. Exists only while the peer runs.
    /// </summary>
    public const string Address = "api-address";

    /// <summary>Contains the bearer token. Only the owner can read it.</summary>
    public const string Token = "api-token";

    /// <summary>
    /// Contains the port of the API and the web page, which the next start takes again if it is free. A second line is
    /// the port that was used while the first was not free.
    /// </summary>
    public const string Port = "page-port";

    /// <summary>Reads the ports from the content of the file <see cref="Port"/>, the preferred one first.</summary>
    /// <param name="text">Null if there is no file.</param>
    public static IReadOnlyList<int> PortsOf(string? text) =>
        [
            .. (text ?? "")
                .Split('\n', StringSplitOptions.TrimEntries)
                .Select(line => ushort.TryParse(line, CultureInfo.InvariantCulture, out var port) ? (int)port : 0)
                .Where(port => port > 0),
        ];

    /// <summary>Reads one of the files; null if there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    public static string? Read(string dataDirectory, string name)
    {
        var path = Path.Combine(dataDirectory, name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
