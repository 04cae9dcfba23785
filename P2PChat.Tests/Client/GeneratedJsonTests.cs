using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Client;
using P2PChat.Discovery.Hosting;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Client;

/// <summary>
/// Bytes that are null in JSON. The serializers that the compiler generates write them as "" (dotnet/runtime#129833),
/// and are used from the tenth body on.
/// </summary>
public sealed class GeneratedJsonTests
{
    private const int CallsUntilGeneratedSerializer = 10;

    private static readonly Assembly[] Assemblies =
    [
        typeof(ApiJson).Assembly,
        typeof(DirectoryJson).Assembly,
        typeof(DiscoveryApp).Assembly,
        typeof(P2PChat.Node.Model.Invite).Assembly,
        typeof(P2PChat.Peer.Cli.ControlProgram).Assembly,
        typeof(P2PChat.App.Up.UpSettings).Assembly,
    ];

    [Fact]
    public async Task Offer_without_a_preview_has_null_in_every_call()
    {
        for (var call = 0; call < 2 * CallsUntilGeneratedSerializer; call++)
        {
            using var body = JsonContent.Create(new OfferFileRequest("/a"), ApiJson.Default.OfferFileRequest);
            Assert.EndsWith("\"preview\":null}", await body.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Types_with_nullable_bytes_have_no_generated_serializer()
    {
        var types = Assemblies
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)))
            .SelectMany(Types)
            .Where(HasNullableBytes)
            .ToList();

        Assert.Contains(types, type => type.Type == typeof(OfferFileRequest));
        Assert.All(types, type => Assert.Null(type.GetType().GetProperty("SerializeHandler")!.GetValue(type)));
    }

    private static IEnumerable<JsonTypeInfo> Types(Type context)
    {
        var instance = context.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        return context
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType.IsSubclassOf(typeof(JsonTypeInfo)))
            .Select(property => (JsonTypeInfo)property.GetValue(instance)!);
    }

    private static bool HasNullableBytes(JsonTypeInfo type) =>
        type.Properties.Any(property => property.PropertyType == typeof(byte[]) && property.IsGetNullable);
}
