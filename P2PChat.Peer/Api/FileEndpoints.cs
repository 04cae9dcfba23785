using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using P2PChat.Client;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Endpoints for files: offer, accept, pause, cancel, download and save.</summary>
internal static class FileEndpoints
{
    private const string Path = "/conversations/{username}/files";

    public static void MapFiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/transfers", ListAsync).WithSummary("The newest files of both sides, with their progress.");
        api.MapPost(Path, OfferAsync).WithSummary("Offers a file of this machine to a contact.");
        api.MapGet($"{Path}/{{id}}", Download)
            .WithSummary("A received file, always as a download.")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream");
        api.MapPost($"{Path}/{{id}}/accept", AcceptAsync).WithSummary("Accepts an offer, or goes on after a pause.");
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
        IsAbsolute(body.Path)
            ? TypedResults.Accepted(
                uri: (string?)null,
                await peer.OfferFileAsync(username, body.Path, body.MediaType, cancellationToken)
            )
            : NotAbsolute();

    private static IResult Download(string username, Guid id, FileService files, HttpContext context)
    {
        var (transfer, content) = files.Open(ContractMapping.ParseUsername(username), id);
        // The bytes are another user's: never shown by a browser, whatever they are.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        context.Response.Headers.CacheControl = "no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(transfer.Name);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        return Results.Stream(content, "application/octet-stream", enableRangeProcessing: true);
    }

    private static Task<FileItem> AcceptAsync(string username, Guid id, IPeer peer) =>
        peer.AcceptFileAsync(username, id);

    private static Task<FileItem> PauseAsync(string username, Guid id, IPeer peer) => peer.PauseFileAsync(username, id);

    private static Task<FileItem> CancelAsync(string username, Guid id, IPeer peer) =>
        peer.CancelFileAsync(username, id);

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

    private static IResult NotAbsolute() => TypedResults.Problem(ApiProblems.Malformed("The path must be absolute."));
}
