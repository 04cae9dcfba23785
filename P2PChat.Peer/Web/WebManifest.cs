using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Web;

/// <summary>
/// The web app manifest, with which a browser installs the page (W3C, Web Application Manifest). It names the peer, so
/// that the pages of two peers can be told apart.
/// </summary>
internal static class WebManifest
{
    private const string Path = "/manifest.webmanifest";
    private const string ContentType = "application/manifest+json";
    private const string Back = "#f3f5f8";

    private static readonly ManifestIcon[] Icons =
    [
        new("icon.svg", "any", "image/svg+xml"),
        new("icon-192.png", "192x192", "image/png"),
        new("icon-512.png", "512x512", "image/png"),
        new("icon-maskable.svg", "any", "image/svg+xml", "maskable"),
        new("icon-maskable-192.png", "192x192", "image/png", "maskable"),
        new("icon-maskable-512.png", "512x512", "image/png", "maskable"),
    ];

    public static void MapManifest(this IEndpointRouteBuilder app) => app.MapGet(Path, Get).ExcludeFromDescription();

    private static JsonHttpResult<Manifest> Get(StatusService status) =>
        TypedResults.Json(Of(status.Current), ManifestJson.Default.Manifest, ContentType);

    private static Manifest Of(PeerStatus status) =>
        new(
            $"{status.Name} – P2PChat",
            status.Name.Value,
            "Peer-to-peer chat, end-to-end encrypted",
            "/",
            "/",
            "/",
            "standalone",
            Back,
            Back,
            Icons
        );
}

/// <summary>The members of a web app manifest that the page uses.</summary>
internal sealed record Manifest(
    string Name,
    string ShortName,
    string Description,
    string Id,
    string StartUrl,
    string Scope,
    string Display,
    string BackgroundColor,
    string ThemeColor,
    ManifestIcon[] Icons
);

/// <param name="Purpose">Null for any.</param>
internal sealed record ManifestIcon(
    string Src,
    string Sizes,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Purpose = null
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
