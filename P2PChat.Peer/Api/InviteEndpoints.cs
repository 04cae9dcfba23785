using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for this peer's invites. Their answers contain secrets, so nothing may keep them.</summary>
internal static class InviteEndpoints
{
    public static void MapInvites(this IEndpointRouteBuilder api)
    {
        api.MapGet("/invites", ListAsync).WithSummary("This peer's invites, newest first.");
        api.MapPost("/invites", CreateAsync)
            .WithSummary("Makes an invite: a link that lets a friend join and be accepted.");
        api.MapDelete("/invites/{id}", RevokeAsync)
            .WithSummary("Revokes an invite. Peers that have joined stay contacts.");
    }

    private static Task<InvitesResponse> ListAsync(IPeer peer, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return peer.ListInvitesAsync();
    }

    [ProducesResponseType<InviteItem>(StatusCodes.Status201Created)]
    private static async Task<IResult> CreateAsync(
        IPeer peer,
        HttpContext context,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        InviteRequest? body = null
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        return ApiEndpoints.KeyError(idempotencyKey) is { } problem
            ? problem
            : TypedResults.Created(
                (string?)null,
                await peer.CreateInviteAsync(body ?? new InviteRequest(), idempotencyKey)
            );
    }

    private static async Task<NoContent> RevokeAsync(string id, IPeer peer)
    {
        await peer.RevokeInviteAsync(id);
        return TypedResults.NoContent();
    }
}
