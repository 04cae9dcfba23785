namespace P2PChat.App.Up;

/// <summary>
/// Holds the peer's calls back until the directory in this process has started, so that the first call does not fail
/// and wait for its retry.
/// </summary>
internal sealed class DirectoryGate(Task directoryStarted) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (!directoryStarted.IsCompletedSuccessfully)
        {
            try
            {
                await directoryStarted.WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (directoryStarted.IsFaulted)
            {
                throw new HttpRequestException("The directory in this process did not start.", exception);
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
