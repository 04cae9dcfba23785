using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for contacts and the backup.</summary>
internal static class ContactEndpoints
{
    public static void MapContacts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/contacts", ListAsync).WithSummary("Contacts.");
        api.MapPut("/contacts/{username}/nickname", SetNicknameAsync)
            .WithSummary("Sets or removes a contact's nickname.");
        api.MapPut("/contacts/{username}/block", BlockAsync).WithSummary("Blocks a peer and ignores its requests.");
        api.MapDelete("/contacts/{username}/block", UnblockAsync).WithSummary("Unblocks a peer.");
        api.MapGet("/contacts/{username}/safety", GetSafetyAsync)
            .WithSummary("The safety number, for two people to compare.");
        api.MapPost("/contacts/{username}/verify", VerifyAsync)
            .WithSummary("Compares a safety number, and marks the contact as verified if it matches.");
        api.MapPost("/contacts/{username}/trust", TrustAsync)
            .WithSummary("Pins a contact's new key instead of the old one, after a warning.");
        api.MapPost("/backup", BackUpAsync).WithSummary("Writes a backup to a file on this machine.");
    }

    private static Task<ContactsResponse> ListAsync(IPeer peer) => peer.ListContactsAsync();

    private static async Task<NoContent> SetNicknameAsync(string username, NicknameRequest body, IPeer peer)
    {
        await peer.SetNicknameAsync(username, body.Nickname);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> BlockAsync(string username, IPeer peer, CancellationToken cancellationToken)
    {
        await peer.BlockAsync(username, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> UnblockAsync(string username, IPeer peer)
    {
        await peer.UnblockAsync(username);
        return TypedResults.NoContent();
    }

    private static Task<SafetyResponse> GetSafetyAsync(string username, IPeer peer) => peer.GetSafetyAsync(username);

    private static Task<VerifyResponse> VerifyAsync(string username, VerifyRequest body, IPeer peer) =>
        peer.VerifyAsync(username, body.Digits);

    private static Task<TrustResponse> TrustAsync(string username, IPeer peer, TrustRequest? body = null) =>
        peer.TrustAsync(username, body?.PeerId);

    private static async Task<NoContent> BackUpAsync(
        BackupRequest body,
        IPeer peer,
        CancellationToken cancellationToken
    )
    {
        await peer.BackUpAsync(body, cancellationToken);
        return TypedResults.NoContent();
    }
}
