using System.Text.Json;
using P2PChat.App.Terminal;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.App.Join;

/// <summary>Asks the directory of an invite link who it is, before the peer is started.</summary>
internal static class DirectoryProbe
{
    private const int MaxAnswerBytes = 64 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <returns>The directory's id, or a sentence about the failure.</returns>
    public static async Task<(byte[]? Id, string? Error)> AskAsync(Uri directory, CancellationToken cancellationToken)
    {
        var address = AddressText.Show(directory);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Timeout })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        try
        {
            using var response = await http.GetAsync(new Uri(directory, "directory"), cancellationToken);
            return
                response.IsSuccessStatusCode
                && IdIn(await response.Content.ReadAsByteArrayAsync(cancellationToken)) is { } id
                ? (id, null)
                : (null, $"The server at {address} is not a P2PChat directory. Ask for a new link.");
        }
        catch (HttpRequestException exception)
            when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return (null, $"The certificate of {address} is not valid, so the link is not used. Ask for a new link.");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return (null, $"The directory at {address} cannot be reached.");
        }
    }

    private static byte[]? IdIn(byte[] answer)
    {
        try
        {
            return
                JsonSerializer.Deserialize(answer, DirectoryJson.Default.DirectoryInfo)?.DirectoryId is { } text
                && Convert.FromHexString(text) is { Length: SignedRecord.DirectoryIdSize } id
                ? id
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }
}
