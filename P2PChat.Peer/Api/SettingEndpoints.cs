using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for settings.</summary>
internal static class SettingEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/settings", ListAsync).WithSummary("Settings, and their allowed values.");
        api.MapPut("/settings/{name}", SetAsync)
            .WithSummary("Changes a setting at once, or restores the value that the peer was started with.");
    }

    private static Task<SettingsResponse> ListAsync(IPeer peer) => peer.ListSettingsAsync();

    private static async Task<NoContent> SetAsync(string name, SettingRequest body, IPeer peer)
    {
        await peer.SetAsync(name, body.Value);
        return TypedResults.NoContent();
    }
}
