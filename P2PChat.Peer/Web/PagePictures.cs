using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Web;

/// <summary>
/// Maps the pictures of people, and the upload of the user's own. <see cref="SignIn.PageGuard"/> admits only the page
/// itself, in a signed-in browser.
/// </summary>
internal static class PagePictures
{
    public static void MapPagePictures(this IEndpointRouteBuilder app)
    {
        app.MapGet("/pictures/{username}", Send).ExcludeFromDescription();
        app.MapPost("/profile/picture", ReadAsync).ExcludeFromDescription();
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

    private static async Task ReadAsync(HttpContext context, IPeer peer)
    {
        try
        {
            await ProfileEndpoints.ReadPictureAsync(context.Request, peer, context.RequestAborted);
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
