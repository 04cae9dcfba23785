using System.Net.Mime;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Client;
using P2PChat.Protocol.Files;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for files: upload, offer, accept, pause, cancel, download and save.</summary>
internal static class FileEndpoints
{
    private const string Path = "/conversations/{username}/files";

    public static void MapFiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/transfers", ListAsync).WithSummary("The newest files of both sides, with their progress.");
        api.MapPost("/uploads", UploadAsync)
            .WithSummary("Sends a file to this peer, which writes it to the disk while it arrives, to offer it.")
            .WithMetadata(new RequestSizeLimitAttribute(FileOffer.MaxSize))
            .Accepts<Stream>(MediaTypeNames.Application.Octet);
        api.MapDelete("/uploads/{id}", DeleteUploadAsync).WithSummary("Deletes an upload that was not offered.");
        api.MapPost(Path, OfferAsync).WithSummary("Offers a file of this machine, or an upload, to a contact.");
        api.MapGet($"{Path}/{{id}}", FileResponses.Download)
            .WithSummary("A received file, always as a download.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Application.Octet);
        api.MapGet($"{Path}/{{id}}/media", FileResponses.Media)
            .WithSummary("A picture, sound or video of either side by its bytes, to show it. Others are a download.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Application.Octet);
        api.MapGet($"{Path}/{{id}}/preview", FileResponses.Preview)
            .WithSummary("The preview of an offered picture.")
            .Produces(StatusCodes.Status200OK, contentType: "image/png")
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost($"{Path}/{{id}}/accept", AcceptAsync).WithSummary("Accepts an offer, or resumes after a pause.");
        api.MapPost($"{Path}/{{id}}/pause", PauseAsync).WithSummary("Pauses a transfer.");
        api.MapPost($"{Path}/{{id}}/cancel", CancelAsync).WithSummary("Ends a transfer, or declines an offer.");
        api.MapPost($"{Path}/{{id}}/save", SaveAsync).WithSummary("Copies a received file on this machine.");
    }

    private static Task<FilesResponse> ListAsync(IPeer peer) => peer.ListFilesAsync();

    [ProducesResponseType<FileItem>(StatusCodes.Status202Accepted)]
    private static async Task<IResult> OfferAsync(
        string username,
        OfferFileRequest body,
        IPeer peer,
        CancellationToken cancellationToken
    ) =>
        body switch
        {
            { Path: null, Upload: { } upload } => TypedResults.Accepted(
                uri: (string?)null,
                await peer.OfferUploadAsync(username, upload, body.MediaType, body.Preview, cancellationToken)
            ),
            // Generated serializers write null bytes as "" (dotnet/runtime#129833).
            { Path: { } path, Upload: null, Preview: null or [] } => IsAbsolute(path)
                ? TypedResults.Accepted(
                    uri: (string?)null,
                    await peer.OfferFileAsync(username, path, body.MediaType, cancellationToken)
                )
                : NotAbsolute(),
            _ => TypedResults.Problem(ApiProblems.Malformed("Send either a path, or an upload and its preview.")),
        };

    private static async Task<Created<UploadResponse>> UploadAsync(
        string name,
        HttpRequest request,
        IPeer peer,
        CancellationToken cancellationToken
    ) => TypedResults.Created((string?)null, await peer.UploadFileAsync(name, request.Body, cancellationToken));

    private static async Task<NoContent> DeleteUploadAsync(Guid id, IPeer peer)
    {
        await peer.DeleteUploadAsync(id);
        return TypedResults.NoContent();
    }

    /// <param name="yours">Whether this peer's user has offered it; left out for either.</param>
    private static Task<FileItem> AcceptAsync(string username, Guid id, IPeer peer, bool? yours = null) =>
        peer.AcceptFileAsync(username, id, yours);

    /// <param name="yours">Whether this peer's user has offered it; left out for either.</param>
    private static Task<FileItem> PauseAsync(string username, Guid id, IPeer peer, bool? yours = null) =>
        peer.PauseFileAsync(username, id, yours);

    /// <param name="yours">Whether this peer's user has offered it; left out for either.</param>
    private static Task<FileItem> CancelAsync(string username, Guid id, IPeer peer, bool? yours = null) =>
        peer.CancelFileAsync(username, id, yours);

    [ProducesResponseType<SavedFileResponse>(StatusCodes.Status200OK)]
    private static async Task<IResult> SaveAsync(
        string username,
        Guid id,
        SaveFileRequest body,
        IPeer peer,
        CancellationToken cancellationToken
    ) =>
        IsAbsolute(body.Path)
            ? TypedResults.Ok(await peer.SaveFileAsync(username, id, body.Path, cancellationToken))
            : NotAbsolute();

    private static bool IsAbsolute(string? path) =>
        path is not null && !path.Contains('\0') && System.IO.Path.IsPathFullyQualified(path);

    private static ProblemHttpResult NotAbsolute() =>
        TypedResults.Problem(ApiProblems.Malformed("The path must be absolute."));
}
