using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Vectors;

/// <summary>
/// Tests the directory's JSON and problem types with docs/vectors/directory.json and docs/protocol.md.
/// </summary>
public sealed partial class DirectoryVectorTests
{
    public sealed record JsonVector(string Call, string Type, JsonNode Json, int? Status);

    public static TheoryData<string> Calls =>
        [.. VectorFile.Read<List<JsonVector>>("directory.json").Select(vector => vector.Call)];

    [Theory]
    [MemberData(nameof(Calls))]
    public void Json_round_trips_as_in_the_vector(string call)
    {
        var vector = VectorFile.Read<List<JsonVector>>("directory.json").Single(vector => vector.Call == call);
        var type = typeof(DirectoryJson).Assembly.GetType(
            $"P2PChat.Protocol.DirectoryApi.{vector.Type}",
            throwOnError: true
        )!;

        var read = JsonSerializer.Deserialize(vector.Json, type, DirectoryJson.Default)!;

        Assert.True(
            JsonNode.DeepEquals(vector.Json, JsonSerializer.SerializeToNode(read, type, DirectoryJson.Default))
        );
    }

    [Fact]
    public void Documented_problem_types_match_the_code()
    {
        const string Prefix = "urn:p2pchat:problem:";
        var known = typeof(ProblemTypes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => ((string)field.GetValue(null)!)[Prefix.Length..])
            .ToHashSet();
        var document = File.ReadAllText(RepositoryFile.PathOf("docs/protocol.md"));

        // In the tables, the type follows the status.
        var told = StatusAndWord()
            .Matches(document)
            .SelectMany(row => Word().Matches(row.Groups["words"].Value))
            .Select(word => word.Groups[1].Value)
            .ToHashSet();

        Assert.True(told.Count > 20, $"{told.Count} words");
        Assert.Empty(told.Except(known));
    }

    [GeneratedRegex(@"^\|.*\| \d{3}(?:, \d{3})* \| (?<words>.*) \|$", RegexOptions.Multiline)]
    private static partial Regex StatusAndWord();

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Word();
}
