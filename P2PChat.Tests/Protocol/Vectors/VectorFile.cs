using System.Text.Json;
using System.Text.Json.Serialization;

namespace P2PChat.Tests.Protocol.Vectors;

/// <summary>The files of docs/vectors, which other implementations read as well.</summary>
internal static class VectorFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static T Read<T>(string name)
    {
        using var stream = File.OpenRead(Path.Combine(Directory(), name));
        return JsonSerializer.Deserialize<T>(stream, Options)!;
    }

    private static string Directory()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var vectors = Path.Combine(directory, "docs", "vectors");
            if (System.IO.Directory.Exists(vectors))
                return vectors;
        }

        throw new DirectoryNotFoundException("docs/vectors is not above the tests.");
    }
}
