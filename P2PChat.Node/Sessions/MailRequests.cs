using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The requests by mail that wait for an answer: those of other peers, and this peer's own. In memory and in the store.
/// Thread-safe.
/// </summary>
internal sealed class MailRequests(PeerStore store, MailboxNotifications notifications, TimeProvider timeProvider)
{
    /// <summary>Limit for the requests of other peers. Further ones are refused.</summary>
    public const int MaxReceived = 64;

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private Dictionary<(PeerId Remote, bool IsOutgoing), MailRequest>? _requests;

    /// <summary>The requests of other peers that wait for the user, oldest first.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public IReadOnlyList<MailRequest> Received
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. Loaded()
                        .Values.Where(request => !request.IsOutgoing && IsOpen(request))
                        .OrderBy(request => request.At),
                ];
            }
        }
    }

    /// <summary>Finds the newest request to or from a peer with that name.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public MailRequest? Find(Username name, bool outgoing)
    {
        lock (_gate)
        {
            return Loaded()
                .Values.Where(request => request.Name == name && request.IsOutgoing == outgoing && IsOpen(request))
                .MaxBy(request => request.At);
        }
    }

    /// <summary>Finds this peer's own request to a key.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public MailRequest? FindSent(PeerId remote)
    {
        lock (_gate)
        {
            return Loaded().TryGetValue((remote, true), out var request) && IsOpen(request) ? request : null;
        }
    }

    /// <inheritdoc cref="FindSent"/>
    /// <returns>Null also if the requests cannot be read.</returns>
    public MailRequest? TryFindSent(PeerId remote)
    {
        try
        {
            return FindSent(remote);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>Adds a request, or replaces the one of the same peer. Returns when it is saved.</summary>
    /// <returns>Whether it is new; null if too many wait.</returns>
    /// <exception cref="StoreException">It cannot be saved.</exception>
    public async Task<bool?> AddAsync(MailRequest request)
    {
        bool isNew;
        lock (_gate)
        {
            var requests = Loaded();
            isNew = !requests.TryGetValue((request.Remote, request.IsOutgoing), out var before) || !IsOpen(before);
            if (
                isNew
                && !request.IsOutgoing
                && requests.Values.Count(other => !other.IsOutgoing && IsOpen(other)) >= MaxReceived
            )
            {
                return null;
            }

            requests[(request.Remote, request.IsOutgoing)] = request;
        }

        try
        {
            await store.MailRequests.SaveAsync(request);
        }
        catch (StoreException)
        {
            Forget(request.Remote);
            throw;
        }

        return isNew;
    }

    /// <summary>Removes a request that was rejected or withdrawn.</summary>
    /// <exception cref="StoreException">It cannot be saved; the request is back after the next start.</exception>
    public void Remove(MailRequest request)
    {
        lock (_gate)
        {
            _ = Loaded().Remove((request.Remote, request.IsOutgoing));
        }

        store.MailRequests.Remove(request.Remote, request.IsOutgoing);
        if (request.IsOutgoing)
        {
            notifications.ContactRemoved();
        }
    }

    /// <summary>Forgets the requests to and from a peer that has become a contact, as the store does.</summary>
    public void Forget(PeerId remote)
    {
        lock (_gate)
        {
            _ = _requests?.Remove((remote, true));
            _ = _requests?.Remove((remote, false));
        }
    }

    /// <summary>Removes the requests that have waited too long.</summary>
    /// <returns>Those of this peer.</returns>
    /// <exception cref="StoreException">They cannot be read or saved.</exception>
    public IReadOnlyList<MailRequest> Expire()
    {
        List<MailRequest> expired;
        lock (_gate)
        {
            expired = [.. Loaded().Values.Where(request => !IsOpen(request))];
        }

        foreach (var request in expired)
        {
            Remove(request);
        }

        return [.. expired.Where(request => request.IsOutgoing)];
    }

    private bool IsOpen(MailRequest request) => timeProvider.GetUtcNow() < request.ExpiresAt;

    // Called under _gate.
    private Dictionary<(PeerId Remote, bool IsOutgoing), MailRequest> Loaded() =>
        _requests ??= store.MailRequests.Load().ToDictionary(request => (request.Remote, request.IsOutgoing));
}
