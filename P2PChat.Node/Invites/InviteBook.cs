using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Invites;

/// <summary>
/// This peer's invites, in memory and in the store. A use is reserved here before the acceptance is stored, so that two
/// peers cannot both get the last use. Thread-safe.
/// </summary>
internal sealed class InviteBook(
    PeerStore store,
    PeerIdentity identity,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    public const int MaxOpen = 100;

    // The user can see what became of an invite, and its holder can be told, until this long after its end.
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromDays(30);

    private readonly InviteGuesses _guesses = new(timeProvider);
    private readonly Lock _gate = new();

    // Guarded by _gate. By short id.
    private Dictionary<string, Invite>? _invites;

    /// <summary>Raised on any thread after an invite was made, used or ended.</summary>
    public event Action? Changed;

    /// <summary>All invites, newest first.</summary>
    /// <exception cref="StoreException">The invites cannot be read.</exception>
    public IReadOnlyList<Invite> List()
    {
        lock (_gate)
        {
            return [.. Loaded().Values.OrderByDescending(invite => invite.CreatedAt)];
        }
    }

    /// <summary>Makes an invite.</summary>
    /// <exception cref="PeerException">There are too many open invites.</exception>
    /// <exception cref="StoreException">The invite cannot be saved.</exception>
    public async Task<Invite> CreateAsync(int uses, TimeSpan lifetime)
    {
        await DeleteOldAsync();
        var now = Now;
        Invite invite;
        lock (_gate)
        {
            var invites = Loaded();
            if (invites.Values.Count(other => other.ValidityAt(now) == InviteValidity.Open) >= MaxOpen)
            {
                throw new PeerException(
                    PeerError.TooManyInvites,
                    $"There are {MaxOpen} open invites. Revoke one first."
                );
            }

            do
            {
                invite = new Invite(InviteSecret.New(), uses, now, now + lifetime);
            } while (!invites.TryAdd(invite.ShortId, invite));
        }

        try
        {
            await store.Invites.AddAsync(invite);
        }
        catch (StoreException)
        {
            lock (_gate)
            {
                _ = Loaded().Remove(invite.ShortId);
            }

            throw;
        }

        Changed?.Invoke();
        return invite;
    }

    /// <summary>Revokes an invite. Peers that have joined by it stay contacts.</summary>
    /// <returns>The invite as it is now; null if there is none with that id.</returns>
    /// <exception cref="StoreException">The change cannot be saved; it applies until this peer ends.</exception>
    public async Task<Invite?> RevokeAsync(string shortId)
    {
        Invite? invite;
        lock (_gate)
        {
            invite = Loaded().GetValueOrDefault(shortId.ToUpperInvariant());
        }

        return invite is null ? null : (await EndAsync([invite], InviteValidity.Revoked))[0];
    }

    /// <summary>
    /// Voids all open invites, because this peer may not know of every use: it was restored from a backup, or is an
    /// older copy.
    /// </summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="StoreException">The change cannot be saved; it applies until this peer ends.</exception>
    public async Task<int> VoidOpenAsync()
    {
        List<Invite> open;
        lock (_gate)
        {
            open = [.. Loaded().Values.Where(invite => invite.ValidityAt(Now) == InviteValidity.Open)];
        }

        return open.Count == 0 ? 0 : (await EndAsync(open, InviteValidity.Void)).Count;
    }

    /// <summary>Checks the invite and the proof in a request, unless the joiner has sent too many wrong ones.</summary>
    /// <param name="id">From the request; empty if it has no invite.</param>
    /// <param name="proof">From the request; any length.</param>
    public InviteCheck Check(ReadOnlySpan<byte> id, ReadOnlySpan<byte> proof, PeerId joiner, Username joinerName)
    {
        if (id.IsEmpty || registration.DirectoryId is not { } directory || _guesses.IsLimited(joiner))
        {
            return default;
        }

        if (FindProved(id, proof, directory, joiner, joinerName) is { } invite)
        {
            return new InviteCheck(ResultFor(invite, joiner), invite);
        }

        _guesses.OnWrong(joiner);
        return default;
    }

    private Invite? FindProved(
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> proof,
        byte[] directory,
        PeerId joiner,
        Username joinerName
    )
    {
        if (id.Length != InviteSecret.IdSize || proof.Length != InviteProof.Size)
        {
            return null;
        }

        Invite? invite;
        lock (_gate)
        {
            invite = Loaded().GetValueOrDefault(InviteSecret.ShortIdOf(id));
        }

        return
            invite is not null
            && invite.Secret.Id.Span.SequenceEqual(id)
            && InviteProof.Verify(proof, invite.Secret, directory, identity.PeerId, joiner, joinerName)
            ? invite
            : null;
    }

    /// <summary>
    /// Reserves a use for a peer that is about to be accepted with a valid proof. The change that accepts it stores the
    /// use; if that fails, call <see cref="Release"/>. The same key again spends nothing.
    /// </summary>
    /// <returns>False if the invite is no longer valid for this peer.</returns>
    public bool TryUse(Invite invite, PeerId joiner, Username name)
    {
        lock (_gate)
        {
            if (
                Loaded().GetValueOrDefault(invite.ShortId) is not { } current
                || ResultFor(current, joiner) != InviteResult.Valid
            )
            {
                return false;
            }

            if (current.Joined.All(use => use.Key != joiner))
            {
                var use = new InviteUse(joiner, name, Now);
                _invites![invite.ShortId] = current with { Joined = [.. current.Joined, use] };
            }
        }

        Changed?.Invoke();
        return true;
    }

    /// <summary>Gives back the uses of a peer that the store does not have.</summary>
    /// <exception cref="StoreException">
    /// The uses cannot be read. The joiner keeps its use until this peer ends.
    /// </exception>
    public void Release(PeerId joiner)
    {
        lock (_gate)
        {
            if (Loaded().Values.All(invite => invite.Joined.All(use => use.Key != joiner)))
            {
                return;
            }

            foreach (var stored in store.Invites.Load())
            {
                if (
                    _invites!.TryGetValue(stored.ShortId, out var invite) && stored.Joined.All(use => use.Key != joiner)
                )
                {
                    _invites[stored.ShortId] = invite with
                    {
                        Joined = [.. invite.Joined.Where(use => use.Key != joiner)],
                    };
                }
            }
        }

        Changed?.Invoke();
    }

    /// <summary>Deletes invites that ended long ago.</summary>
    /// <exception cref="StoreException">The change cannot be saved.</exception>
    public async Task DeleteOldAsync()
    {
        List<Invite> old;
        lock (_gate)
        {
            old = [.. Loaded().Values.Where(invite => (invite.EndedAt ?? invite.ExpiresAt) + KeptAfterEnd <= Now)];
            foreach (var invite in old)
            {
                _ = _invites!.Remove(invite.ShortId);
            }
        }

        if (old.Count > 0)
        {
            await store.Invites.DeleteAsync(old);
        }
    }

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    private InviteResult ResultFor(Invite invite, PeerId joiner) =>
        invite.ValidityAt(Now) switch
        {
            InviteValidity.Open => InviteResult.Valid,
            InviteValidity.Used when invite.Joined.Any(use => use.Key == joiner) => InviteResult.Valid,
            InviteValidity.Used => InviteResult.Used,
            InviteValidity.Expired => InviteResult.Expired,
            _ => InviteResult.Revoked,
        };

    private async Task<IReadOnlyList<Invite>> EndAsync(List<Invite> invites, InviteValidity endedAs)
    {
        var now = Now;
        var ended = new List<Invite>();
        lock (_gate)
        {
            foreach (var invite in invites)
            {
                var current = Loaded()[invite.ShortId];
                ended.Add(current.EndedAs is null ? current with { EndedAs = endedAs, EndedAt = now } : current);
                _invites![invite.ShortId] = ended[^1];
            }
        }

        Changed?.Invoke();
        await store.Invites.EndAsync(ended, endedAs, now);
        return ended;
    }

    // Called under _gate.
    private Dictionary<string, Invite> Loaded() =>
        _invites ??= store.Invites.Load().ToDictionary(invite => invite.ShortId);
}
