using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.App.Up;

/// <summary>Settings that <c>up</c> keeps across restarts.</summary>
/// <param name="Port">The directory's HTTP port, which invites name.</param>
/// <param name="JoinToken">The directory's join token.</param>
/// <param name="Lan">Whether others on the network may join; null if nobody has answered yet.</param>
internal sealed record UpSettings(int Port, string JoinToken, bool? Lan)
{
    private const string FileName = "up.json";
    private const int TokenBytes = 32;

    public static string NewJoinToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <returns>Null before the first start.</returns>
    /// <exception cref="PeerStartException">The file cannot be read, or is damaged.</exception>
    public static UpSettings? Load(DataDirectory directory)
    {
        if (directory.Read(FileName) is not { } text)
        {
            return null;
        }

        try
        {
            if (
                JsonSerializer.Deserialize(text, UpJson.Default.UpSettings) is
                { Port: > 0 and <= ushort.MaxValue, JoinToken.Length: > 0 } settings
            )
            {
                return settings;
            }
        }
        catch (JsonException)
        {
            // Reported like a missing value.
        }

        throw new PeerStartException(
            $"{Path.Combine(directory.FullPath, FileName)} is damaged. Restore it, or delete it to start with a new "
                + "join token. Give the directory's port with --port, or the links that you have sent stop working."
        );
    }

    /// <exception cref="PeerStartException">The file cannot be written.</exception>
    public void Save(DataDirectory directory)
    {
        try
        {
            directory.Write(FileName, JsonSerializer.Serialize(this, UpJson.Default.UpSettings));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(directory.FullPath, exception);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(UpSettings))]
internal sealed partial class UpJson : JsonSerializerContext;
