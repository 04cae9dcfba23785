using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for display names and pictures.</summary>
internal static class ProfileEndpoints
{
    private const string PicturePath = "/profile/picture";

    public static void MapProfiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/profile", GetAsync).WithSummary("How this peer's user wants to be shown.");
        api.MapPut("/profile", SetAsync).WithSummary("Changes this user's display name, or removes it.");
        api.MapGet(PicturePath, (HttpContext context, ProfileService profiles, StatusService status) =>
                Send(context, profiles.Own, () => profiles.OwnPicture, status.Current.Name.Value)
            )
            .SendsPicture()
            .WithSummary("This user's picture.");
        api.MapPut(PicturePath, SetPictureAsync)
            .WithSummary("Changes this user's picture: the bytes of a PNG, JPEG or WebP file without metadata.")
            .TakesPicture();
        api.MapDelete(PicturePath, RemovePictureAsync).WithSummary("Removes this user's picture.");
        api.MapGet("/contacts/{username}/picture", (string username, HttpContext context, ProfileService profiles) =>
            {
                var name = ContractMapping.ParseUsername(username);
                return Send(context, profiles.Of(name), () => profiles.PictureOf(name), name.Value);
            })
            .SendsPicture()
            .WithSummary("A contact's picture.");
    }

    private static IResult Send(
        HttpContext context,
        ContactProfile? profile,
        Func<ProfilePicture?> read,
        string name
    ) =>
        PictureResponse.Of(context, profile, read, name)
        ?? throw new PeerException(PeerError.NoPicture, $"{name} has no picture.");

    private static Task<ProfileResponse> GetAsync(IPeer peer) => peer.GetProfileAsync();

    private static async Task<NoContent> SetAsync(ProfileRequest body, IPeer peer)
    {
        await peer.SetDisplayNameAsync(body.DisplayName);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetPictureAsync(
        HttpRequest request,
        IPeer peer,
        CancellationToken cancellationToken
    )
    {
        await peer.SetPictureAsync(await PictureRequest.ReadAsync(request.Body, cancellationToken), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemovePictureAsync(IPeer peer)
    {
        await peer.SetPictureAsync(null);
        return TypedResults.NoContent();
    }
}
