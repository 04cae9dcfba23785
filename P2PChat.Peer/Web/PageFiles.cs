using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Files;

namespace P2PChat.Peer.Web;

/// <summary>
/// Maps the files of conversations: uploads, offers, and the bytes to show or download. <see cref="SignIn.PageGuard"/>
/// admits only the page itself, in a signed-in browser.
/// </summary>
internal static class PageFiles
{
    private const string File = "/{username}/{id:guid}";

    public static void MapPageFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/files").ExcludeFromDescription();
        files.AddEndpointFilter(ExplainAsync);
        files.MapPost("/", UploadAsync).WithMetadata(new RequestSizeLimitAttribute(FileOffer.MaxSize));
        files.MapDelete("/{id:guid}", DeleteAsync);
        files.MapPost("/{username}/check", Check);
        files.MapPost("/{username}", OfferAsync);
        files.MapGet(File, FileResponses.Download);
        files.MapGet($"{File}/media", FileResponses.Media);
        files.MapGet($"{File}/preview", FileResponses.Preview);
    }

    // Before the upload, so that nobody sends gigabytes that are refused at their end.
    private static NoContent Check(string username, long size, FileService files, UploadService uploads)
    {
        files.ThrowIfNoReceiver(ContractMapping.ParseUsername(username));
        uploads.ThrowIfNoRoom(size);
        return TypedResults.NoContent();
    }

    private static async Task<Created<UploadResponse>> UploadAsync(string name, HttpRequest request, IPeer peer) =>
        TypedResults.Created(
            (string?)null,
            await peer.UploadFileAsync(name, request.Body, request.HttpContext.RequestAborted)
        );

    private static async Task<NoContent> DeleteAsync(Guid id, IPeer peer, PageOffers offers)
    {
        await offers.DeleteAsync(id, () => peer.DeleteUploadAsync(id));
        return TypedResults.NoContent();
    }

    // The page offers only what it has uploaded, never a path of this machine.
    private static async Task<IResult> OfferAsync(
        string username,
        OfferFileRequest body,
        IPeer peer,
        PageOffers offers
    ) =>
        body is { Upload: { } upload, Path: null }
            ? TypedResults.Ok(
                await offers.OfferAsync(username, upload, () =>
                    peer.OfferUploadAsync(username, upload, body.MediaType, body.Preview)
                )
            )
            : TypedResults.Problem(ApiProblems.Malformed("Send the id of an upload."));

    private static async ValueTask<object?> ExplainAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        try
        {
            return await next(context);
        }
        catch (PeerException exception)
        {
            return TypedResults.Problem(ApiProblems.Of(exception));
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException
                && context.HttpContext.RequestAborted.IsCancellationRequested
            )
        {
            // The browser cancelled the upload and no longer expects a response.
            return Results.Empty;
        }
    }
}
