using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for display names and pictures.</summary>
internal static class ProfileEndpoints
{
    private const string PicturePath = "/profile/picture";
    private const string AnyBytes = "application/octet-stream";
    private static readonly string[] PictureTypes = ["image/png", "image/jpeg", "image/webp"];

    public static void MapProfiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/profile", GetAsync).WithSummary("How this peer's user wants to be shown.");
        api.MapPut("/profile", SetAsync).WithSummary("Changes this user's display name, or removes it.");
        MapPicture(api, PicturePath, (HttpContext context, ProfileService profiles, StatusService status) =>
                Send(context, profiles.Own, () => profiles.OwnPicture, status.Current.Name.Value)
            )
            .WithSummary("This user's picture.");
        api.MapPut(PicturePath, SetPictureAsync)
            .WithSummary("Changes this user's picture: the bytes of a PNG, JPEG or WebP file without metadata.")
            .Accepts<Stream>(AnyBytes, PictureTypes);
        api.MapDelete(PicturePath, RemovePictureAsync).WithSummary("Removes this user's picture.");
        MapPicture(
                api,
                "/contacts/{username}/picture",
                (string username, HttpContext context, ProfileService profiles) =>
                {
                    var name = ContractMapping.ParseUsername(username);
                    return Send(context, profiles.Of(name), () => profiles.PictureOf(name), name.Value);
                }
            )
            .WithSummary("A contact's picture.");
    }

    /// <summary>Reads a picture from a request, and sets it.</summary>
    /// <exception cref="PeerException">The picture is not valid, or could not be saved.</exception>
    public static async Task ReadPictureAsync(HttpRequest request, IPeer peer, CancellationToken cancellationToken)
    {
        // One byte more than allowed, which tells one that is too large.
        var buffer = new byte[ProfileRules.MaxPictureBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(
            buffer,
            buffer.Length,
            throwOnEndOfStream: false,
            cancellationToken
        );
        await peer.SetPictureAsync(buffer.AsMemory(0, length), cancellationToken);
    }

    private static RouteHandlerBuilder MapPicture(IEndpointRouteBuilder api, string path, Delegate send) =>
        api.MapGet(path, send)
            .Produces(StatusCodes.Status200OK, contentType: PictureTypes[0], additionalContentTypes: PictureTypes[1..]);

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
        await ReadPictureAsync(request, peer, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemovePictureAsync(IPeer peer)
    {
        await peer.SetPictureAsync(null);
        return TypedResults.NoContent();
    }
}
