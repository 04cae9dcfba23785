using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Web;

/// <summary>
/// Maps the download of a backup. <see cref="SignIn.PageGuard"/> admits only the page itself, in a signed-in browser.
/// </summary>
internal static class BackupDownload
{
    public static void MapBackupDownload(this IEndpointRouteBuilder app) =>
        app.MapPost("/backup", SendAsync).ExcludeFromDescription();

    private static async Task SendAsync(
        HttpContext context,
        BackupService backups,
        StatusService status,
        TimeProvider timeProvider
    )
    {
        try
        {
            var passphrase = context.Request.HasFormContentType
                ? (await context.Request.ReadFormAsync(context.RequestAborted))["passphrase"].ToString()
                : "";
            await using var backup = await backups.OpenNewAsync(passphrase, context.RequestAborted);
            var day = timeProvider
                .GetLocalNow()
                .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            var response = context.Response;
            response.ContentType = "application/octet-stream";
            response.ContentLength = backup.Length;
            response.Headers.ContentDisposition =
                $"attachment; filename=\"p2pchat-{status.Current.Name}-{day}.backup\"";
            await backup.CopyToAsync(response.Body, context.RequestAborted);
        }
        catch (PeerException exception)
        {
            await context.WriteProblemAsync(ApiProblems.Of(exception));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser no longer waits for the file.
        }
    }
}
