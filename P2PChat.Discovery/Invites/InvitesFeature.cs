using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Invites;

/// <summary>Join codes and the page that an invite opens: services, endpoints and their OpenAPI descriptions.</summary>
internal static class InvitesFeature
{
    public static void AddInvites(this IServiceCollection services)
    {
        services.AddSingleton<ChangeJoinCodes>();
        services.AddHostedService<MembershipSweeper>();
    }

    public static void MapInvites(this IEndpointRouteBuilder app)
    {
        var invites = app.MapGroup("/invites").WithTags("Invites");
        invites
            .MapPost("/", (HttpContext context, ChangeJoinCodes codes) => codes.AddAsync(context))
            .WithName("AddJoinCode")
            .WithSummary("Makes a join code valid")
            .WithDescription(
                "A peer that registers with the code needs no join token, and is a member from then on. The directory "
                    + "learns only the code's hash here. The same hash again changes nothing. Requires the leaseToken "
                    + "of any live lease as bearer. Without a join token the code is stored too, but nobody needs it."
            )
            .Accepts<JoinCodeBody>("application/json")
            .Produces<JoinCodeResponse>(StatusCodes.Status201Created)
            .Produces<JoinCodeResponse>()
            .ProducesProblems(400, 401, 403, 413, 415, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        invites
            .MapDelete("/{codeHash}", (HttpContext context, string codeHash, ChangeJoinCodes codes) =>
                codes.RemoveAsync(context, codeHash)
            )
            .WithName("RemoveJoinCode")
            .WithSummary("Ends a join code of the caller")
            .WithDescription(
                "Keys that have joined with it stay members. A code that is unknown, or another peer's, is ignored. "
                    + "Requires the leaseToken of any live lease as bearer."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));
        InvitePage.Map(app);
    }
}
