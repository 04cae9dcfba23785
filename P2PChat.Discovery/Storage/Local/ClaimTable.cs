using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Changes claims, and emits an event for each change. Called within <see cref="ILocalData.Run"/>.</summary>
/// <param name="signal">Raised for each event.</param>
internal sealed class ClaimTable(DirectoryOptions options, ILocalData data, ShardSignal signal)
{
    /// <summary>
    /// Finds a claim for a writer, after ending the claims and leases that have expired since the last sweep.
    /// </summary>
    public Claim? Settle(string name, StoreTime time)
    {
        var claim = data.Claims.Find(name);
        if (claim is { Online: true } && claim.Ends <= time.Now)
        {
            claim = Expire(claim);
        }

        if (claim is { Online: false } && claim.Ends <= time.Lasting)
        {
            Free(claim);
            return null;
        }

        return claim;
    }

    /// <summary>Adds or replaces a claim's record, and starts a lease.</summary>
    public Claim Register(Claim? claim, PeerRegistration registration, DateTimeOffset now)
    {
        var kind = claim is { Online: true } ? PeerEventTypes.Updated : PeerEventTypes.Joined;
        var registered = new Claim(
            registration.Username.Value,
            registration.PeerId,
            // A claim keeps its first claimant, or moving to another address would free the first one's share.
            claim?.Claimant
                ?? registration.Claimant.Pseudonym,
            registration.Sequence,
            registration.Ephemeral,
            registration.Unlisted,
            registration.TakesRequests,
            registration.TokenHash,
            Online: true,
            Ends: now + options.Lease,
            LastSeen: now,
            registration.ObservedAddress ?? ""
        );
        data.Claims.Save(registered);
        data.Claims.SaveRecord(registered.Username, registration.Signed);
        Emit(kind, registered);
        return registered;
    }

    /// <summary>Renews a claim's lease.</summary>
    public Claim RenewLease(Claim claim, DateTimeOffset now)
    {
        var renewed = claim with { Ends = now + options.Lease };
        data.Claims.SaveRenewed(renewed);
        return renewed;
    }

    /// <summary>Saves a claim, and ends its lease, if there is one; an ephemeral claim ends with it.</summary>
    public void Unregister(Claim claim, DateTimeOffset now)
    {
        if (claim.Online)
        {
            _ = EndLease(claim, PeerEventTypes.Unregistered, at: now, seen: now);
        }
        else
        {
            data.Claims.Save(claim);
        }
    }

    /// <summary>Removes a claim with its mailbox, request box and files, if it still exists.</summary>
    public void Free(Claim claim)
    {
        data.Mail.Remove(claim.Username);
        data.Requests.Remove(claim.Username);
        data.Files.Remove(claim.Username);
        data.Claims.Remove(claim.Username);
    }

    /// <summary>Ends expired leases and claims, at most <paramref name="limit"/> of them.</summary>
    public SweepResult Sweep(StoreTime time, int limit)
    {
        var expired = data.Claims.Ended(online: true, time.Now, limit);
        foreach (var claim in expired)
        {
            _ = Expire(claim);
        }

        var over = data.Claims.Ended(online: false, time.Lasting, limit - expired.Count);
        foreach (var claim in over)
        {
            Free(claim);
        }

        return new SweepResult(expired.Count, over.Count, data.Claims.Leases, data.Claims.Count);
    }

    private Claim? Expire(Claim claim) =>
        EndLease(claim, PeerEventTypes.Expired, at: claim.Ends, seen: claim.Ends - options.Lease);

    // Returns null if the claim has ended with its lease.
    private Claim? EndLease(Claim claim, string reason, DateTimeOffset at, DateTimeOffset seen)
    {
        Emit(PeerEventTypes.Left, claim, reason);
        if (claim.Ephemeral)
        {
            Free(claim);
            return null;
        }

        var left = claim with
        {
            Online = false,
            TokenHash = "",
            LastSeen = seen,
            Ends = at + options.Claim,
            ObservedAddress = "",
        };
        data.Claims.Save(left);
        return left;
    }

    private void Emit(string kind, Claim claim, string reason = "")
    {
        data.Events.Add(
            new PeerEvent(
                Shard: 0,
                data.Events.Head + 1,
                kind,
                claim.Username,
                claim.PeerId,
                reason,
                claim.Sequence,
                claim.Unlisted
            )
        );
        signal.Raise(0);
    }
}
