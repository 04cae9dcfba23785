using P2PChat.Client;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.App.Browser;

/// <summary>Opens the page of a peer, signed in.</summary>
/// <param name="dataDirectory">The data directory of the peer.</param>
/// <param name="isWanted">Whether a browser may be opened at all; false with <c>--no-browser</c>.</param>
internal sealed class PageOpener(string dataDirectory, StreamsKind streams, bool isWanted)
{
    /// <summary>Whether a browser is opened: only from a terminal with a display.</summary>
    public bool CanOpen => isWanted && streams == StreamsKind.Terminal && BrowserLauncher.HasDisplay;

    /// <summary>
    /// Opens the page if this peer was started from a terminal with a display. The peer's process deletes the file at
    /// its end, because it cannot know when the browser has read it.
    /// </summary>
    /// <returns>A line for the user; null if no browser was to be opened.</returns>
    public async Task<string?> OpenAsync(IPeer peer, CancellationToken cancellationToken)
    {
        if (!CanOpen)
        {
            return null;
        }

        var link = (await peer.CreateWebLinkAsync(cancellationToken)).Url;
        try
        {
            if (await BrowserLauncher.OpenAsync(PageFile.Write(dataDirectory, new Uri(link)), cancellationToken))
            {
                return "* your page opens in the browser; 'web' prints another link to it";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The link can still be opened by hand.
        }

        return $"* no browser could be started; open this link within a minute: {link}";
    }
}
