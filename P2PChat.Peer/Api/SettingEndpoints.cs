using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>The calls of the local API that are about what the person has chosen.</summary>
internal static class SettingEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/settings", List).WithSummary("What the person has chosen, and could.");
        api.MapPut("/settings/{name}", Set)
            .WithSummary("Chooses a setting, which holds at once; or has it as the peer was started.");
    }

    private static SettingsResponse List(SettingsService settings) => SettingsResponse.Of(settings.All);

    private static NoContent Set(string name, SettingRequest body, SettingsService settings)
    {
        settings.Set(name, body.Value);
        return TypedResults.NoContent();
    }
}
