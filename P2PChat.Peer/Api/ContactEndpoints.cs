using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>The calls of the local API that are about contacts, and the backup.</summary>
internal static class ContactEndpoints
{
    public static void MapContacts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/contacts", List).WithSummary("Whom this peer knows.");
        api.MapPut("/contacts/{username}/nickname", SetNickname)
            .WithSummary("Calls a contact by another name, or by none.");
        api.MapPut("/contacts/{username}/block", BlockAsync)
            .WithSummary("Lets a peer in no more, and hears nothing of it.");
        api.MapDelete("/contacts/{username}/block", Unblock).WithSummary("Takes a block back.");
        api.MapGet("/contacts/{username}/safety", GetSafety)
            .WithSummary("The safety number, for two people to compare.");
        api.MapPost("/contacts/{username}/verify", Verify)
            .WithSummary("Compares a safety number, and marks the contact if it is the same.");
        api.MapPost("/contacts/{username}/trust", Trust)
            .WithSummary("Accepts a contact's new key, after a warning, instead of the pinned one.");
        api.MapPost("/backup", BackUpAsync).WithSummary("Writes a backup to a file of this machine.");
    }

    private static ContactsResponse List(ContactService contacts) => ContactsResponse.Of(contacts.All);

    private static NoContent SetNickname(string username, NicknameRequest body, ContactService contacts)
    {
        contacts.SetNickname(ApiEndpoints.Name(username), body.Nickname);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> BlockAsync(
        string username,
        ContactService contacts,
        CancellationToken cancellationToken
    )
    {
        await contacts.BlockAsync(ApiEndpoints.Name(username), cancellationToken);
        return TypedResults.NoContent();
    }

    private static NoContent Unblock(string username, ContactService contacts)
    {
        contacts.Unblock(ApiEndpoints.Name(username));
        return TypedResults.NoContent();
    }

    private static SafetyResponse GetSafety(string username, ContactService contacts) =>
        SafetyResponse.Of(contacts.Safety(ApiEndpoints.Name(username)));

    private static VerifyResponse Verify(string username, VerifyRequest body, ContactService contacts) =>
        new(contacts.Verify(ApiEndpoints.Name(username), body.Digits));

    private static TrustResponse Trust(string username, ContactService contacts, TrustRequest? body = null)
    {
        var name = ApiEndpoints.Name(username);
        var key = contacts.Trust(name, body?.PeerId);
        return new TrustResponse(key.ToString(), contacts.SafetyDigits(key));
    }

    private static async Task<NoContent> BackUpAsync(
        BackupRequest body,
        BackupService backups,
        CancellationToken cancellationToken
    )
    {
        await backups.BackUpAsync(body.Path, body.Passphrase, body.Force, cancellationToken);
        return TypedResults.NoContent();
    }
}
