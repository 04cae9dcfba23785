using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Web;

/// <summary>
/// Maps the pictures of people and rooms, and the upload of the user's own and of a room's.
/// <see cref="SignIn.PageGuard"/> admits only the page itself, in a signed-in browser.
/// </summary>
internal static class PagePictures
{
    public static void MapPagePictures(this IEndpointRouteBuilder app)
    {
        app.MapGet("/pictures/{username}", Send).ExcludeFromDescription();
        app.MapPost("/profile/picture", (HttpContext context, IPeer peer) =>
                SaveAsync(context, picture => peer.SetPictureAsync(picture, context.RequestAborted))
            )
            .ExcludeFromDescription();
        app.MapGet("/room-pictures/{room}", SendRoom).ExcludeFromDescription();
        app.MapPost("/room-pictures/{room}", (string room, HttpContext context, IPeer peer) =>
                SaveAsync(context, picture => peer.Rooms.SetPictureAsync(room, picture, context.RequestAborted))
            )
            .ExcludeFromDescription();
    }

    private static IResult Send(string username, HttpContext context, ProfileService profiles, StatusService status)
    {
        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.NotFound();
        }

        var isOwn = name == status.Current.Name;
        return PictureResponse.Of(
            context,
            isOwn ? profiles.Own : profiles.Of(name),
            () => isOwn ? profiles.OwnPicture : profiles.PictureOf(name),
            name.Value
        ) ?? TypedResults.NotFound();
    }

    private static IResult SendRoom(string room, HttpContext context, RoomPictureService pictures)
    {
        try
        {
            return
                RoomEventId.TryParse(room, out var id)
                && PictureResponse.Of(context, pictures.Of(id.ToString()), id.ToString()) is { } picture
                ? picture
                : TypedResults.NotFound();
        }
        catch (PeerException)
        {
            // The room was deleted.
            return TypedResults.NotFound();
        }
    }

    private static async Task SaveAsync(HttpContext context, Func<ReadOnlyMemory<byte>, Task> save)
    {
        try
        {
            await save(await PictureRequest.ReadAsync(context.Request.Body, context.RequestAborted));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (PeerException exception)
        {
            await context.WriteProblemAsync(ApiProblems.Of(exception));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser no longer waits for the answer.
        }
    }
}
