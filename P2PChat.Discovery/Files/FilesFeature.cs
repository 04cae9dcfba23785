using P2PChat.Discovery.Access;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Discovery.Files;

/// <summary>Files for peers that are away: services, endpoints and their OpenAPI descriptions.</summary>
internal static class FilesFeature
{
    public static void AddFiles(this IServiceCollection services)
    {
        services.AddSingleton<TransferSlots>();
        services.AddSingleton<RunningUploads>();
        services.AddSingleton<BlobCleanup>();
        services.AddSingleton<FileStoreMetrics>();
        services.AddSingleton<UploadFile>();
        services.AddSingleton<ReadFiles>();
        services.AddSingleton<FileStoreCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<FileStoreCheck>());
        services.AddHealthChecks().AddCheck<FileStoreCheck>("files");
        services.AddSingleton<FileSweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<FileSweeper>());
    }

    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/peers/{username}/files").WithTags("Files");
        files
            .MapPut("/{id}", (HttpContext context, string username, string id, UploadFile upload) =>
                upload.HandleAsync(context, username, id)
            )
            .WithName("UploadFile")
            .WithSummary("Stores a sealed file for a peer")
            .WithDescription(
                "The id has 32 lower-case hexadecimal digits, chosen by the sender. Requires Content-Length, the "
                    + $"SHA-256 of the body in the header {ContentDigest.Header} (RFC 9530), and the capability that "
                    + $"the peer gave to this contact in the header {MailboxCapability.Header}. Sending the same file "
                    + "again changes nothing."
            )
            .Accepts<byte[]>(UploadHead.ContentType)
            .Produces<DepositResponse>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 408, 409, 413, 415, 429, 503, 507)
            .WithMetadata(new AdmitsCapability());

        files
            .MapGet("/", (HttpContext context, string username, ReadFiles read) => read.ListAsync(context, username))
            .WithName("ListFiles")
            .WithSummary("Lists the files that wait for a peer")
            .WithDescription("Requires the leaseToken of that name as bearer. Files stay until they are deleted.")
            .Produces<FileListing>()
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        files
            .MapGet("/{id}", (HttpContext context, string username, string id, ReadFiles read) =>
                read.DownloadAsync(context, username, id)
            )
            .WithName("DownloadFile")
            .WithSummary("Downloads a file or a range of it")
            .WithDescription(
                "Requires the leaseToken of that name as bearer. Takes Range and If-Range. The header "
                    + $"{ContentDigest.ReprHeader} has the SHA-256 of the whole file."
            )
            .Produces(StatusCodes.Status200OK, contentType: UploadHead.ContentType)
            .Produces(StatusCodes.Status206PartialContent, contentType: UploadHead.ContentType)
            .ProducesProblems(400, 401, 403, 404, 416, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        files
            .MapDelete("/{id}", (HttpContext context, string username, string id, ReadFiles read) =>
                read.DeleteAsync(context, username, id)
            )
            .WithName("DeleteFile")
            .WithSummary("Deletes a file")
            .WithDescription(
                "Requires the leaseToken of that name as bearer; or, from the file's sender, the capability with which "
                    + $"it was uploaded, in the header {MailboxCapability.Header}. An unknown id is ignored."
            )
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: true), new AdmitsCapability());
    }
}
