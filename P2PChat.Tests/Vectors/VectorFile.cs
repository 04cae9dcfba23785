using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Vectors;

/// <summary>The files in docs/vectors, which other implementations share.</summary>
internal static class VectorFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static T Read<T>(string name)
    {
        using var stream = File.OpenRead(RepositoryFile.PathOf($"docs/vectors/{name}"));
        return JsonSerializer.Deserialize<T>(stream, Options)!;
    }
}
