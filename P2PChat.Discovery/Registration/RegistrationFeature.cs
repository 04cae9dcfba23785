using P2PChat.Discovery.Access;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Registration;

/// <summary>Claims, leases and their removal: services, endpoints and their OpenAPI descriptions.</summary>
internal static class RegistrationFeature
{
    public static void AddRegistration(this IServiceCollection services)
    {
        services.AddSingleton<LeaseTerms>();
        services.AddSingleton<SignedRecordValidator>();
        services.AddSingleton<RegisterPeer>();
        services.AddSingleton<RenewLease>();
        services.AddSingleton<UnregisterPeer>();
        services.AddHostedService<LeaseSweeper>();
    }

    public static void MapRegistration(this IEndpointRouteBuilder app)
    {
        var peers = app.MapGroup("/peers").WithTags("Peers");
        peers
            .MapPut("/{username}", (HttpContext context, string username, RegisterPeer register) =>
                register.HandleAsync(context, username)
            )
            .WithName("RegisterPeer")
            .WithSummary("Registers a peer, or replaces its record")
            .WithDescription(
                "The first to sign for a name claims it. Each later record must be signed by the same key and have a "
                    + "higher sequence. The leaseToken in the response replaces any earlier one. Instead of the join "
                    + $"token, a join code in the header {DirectoryHeaders.JoinCode} is enough; it makes the key a "
                    + "member, and members need neither."
            )
            .Accepts<SignedRecordBody>("application/json")
            .Produces<RegistrationResponse>(StatusCodes.Status201Created)
            .Produces<RegistrationResponse>()
            .ProducesProblems(400, 401, 403, 409, 413, 415, 429, 503)
            .WithMetadata(new AdmitsSigner(WithJoinCode: true));

        peers
            .MapPost("/{username}/lease", (HttpContext context, string username, RenewLease renew) =>
                renew.HandleAsync(context, username)
            )
            .WithName("RenewLease")
            .WithSummary("Renews a lease")
            .WithDescription(
                "Requires the leaseToken as bearer, and no body. After a 401 or 404 the peer registers again."
            )
            .Produces<LeaseResponse>()
            .ProducesProblems(400, 401, 404, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        peers
            .MapDelete(
                "/{username}",
                (HttpContext context, string username, UnregisterPeer unregister, bool release = false) =>
                    unregister.HandleAsync(context, username, release)
            )
            .WithName("UnregisterPeer")
            .WithSummary("Ends a lease, and with release=true the claim too")
            .WithDescription(
                "The body is a signed record whose purpose is to leave. Its signed release must equal the query's."
            )
            .Accepts<SignedRecordBody>("application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 429, 503)
            .WithMetadata(new AdmitsSigner(WithJoinCode: false));
    }
}
