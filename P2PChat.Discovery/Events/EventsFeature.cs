using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Events;

/// <summary>The stream of peer events: services, endpoint and its OpenAPI description.</summary>
internal static class EventsFeature
{
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<EventFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        services.AddSingleton<EventStream>();
    }

    public static void MapEvents(this IEndpointRouteBuilder app) =>
        app.MapGroup("/peers")
            .WithTags("Peers")
            .MapGet("/events", (HttpContext context, EventStream stream, string? names = null) =>
                stream.WriteAsync(context, names)
            )
            .WithName("PeerEvents")
            .WithSummary("Streams changes of peers as server-sent events")
            .WithDescription(
                "Events: joined, updated, left (reason unregistered or expired), and reset, after which the list must "
                    + "be read again. Resumes from the header Last-Event-ID. names= limits the stream to these "
                    + "usernames, separated by commas; events of unlisted peers are sent only if they are named."
            )
            .Produces<PeerEventData>(contentType: "text/event-stream")
            .ProducesProblems(400, 401, 429, 503);
}
