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

    /// <summary>Reads one of the files; null if there is none.</summary>
    internal static string? Read(string dataDirectory, string name)
    {
        var path = Path.Combine(dataDirectory, name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
