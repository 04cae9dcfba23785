using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Web;

/// <summary>
/// Offers each upload of the page at most once: a browser that has lost the response repeats the request. Thread-safe.
/// </summary>
internal sealed class PageOffers
{
    private const int MaxKept = 256;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<Guid, (string Username, Task<FileItem> Offer)> _offers = [];

    /// <summary>Offers an upload, or returns the result of its earlier offer, which may still be under way.</summary>
    /// <exception cref="PeerException">The offer cannot be sent. The next call tries again.</exception>
    public async Task<FileItem> OfferAsync(string username, Guid upload, Func<Task<FileItem>> offer)
    {
        Task<FileItem> result;
        lock (_gate)
        {
            if (_offers.TryGetValue(upload, out var known) && known.Username == username)
            {
                result = known.Offer;
            }
            else
            {
                result = offer();
                _offers[upload] = (username, result);
                if (_offers.Count > MaxKept)
                {
                    _offers.RemoveAt(0);
                }
            }
        }

        try
        {
            return await result;
        }
        catch
        {
            lock (_gate)
            {
                _ = _offers.Remove(upload);
            }

            throw;
        }
    }

    /// <summary>Deletes an upload, unless it is offered: its transfer reads it.</summary>
    /// <exception cref="PeerException">It is or was offered, or there is none.</exception>
    public async Task DeleteAsync(Guid upload, Func<Task> delete)
    {
        Task deleting;
        lock (_gate)
        {
            deleting = _offers.ContainsKey(upload)
                ? throw new PeerException(
                    PeerError.FileRefused,
                    "This file was already sent. Cancel it in the conversation."
                )
                : delete();
        }

        await deleting;
    }
}
