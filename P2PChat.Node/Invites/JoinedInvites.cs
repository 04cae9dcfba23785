using System.Collections.Concurrent;
using Google.Protobuf;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Invites;

/// <summary>The invites that this peer was given, in memory and in the store. Thread-safe.</summary>
internal sealed class JoinedInvites
{
    private readonly PeerStore _store;
    private readonly PeerId _self;
    private readonly Username _selfName;
    private readonly DirectoryRegistration _registration;
    private readonly ConcurrentDictionary<PeerId, JoinedInvite> _invites;

    // Inviters whose key from the directory differs from the one in the invite.
    private readonly ConcurrentDictionary<Username, PeerId> _mismatches = new();

    /// <exception cref="PeerStartException">The invites cannot be read.</exception>
    public JoinedInvites(
        PeerStore store,
        PeerIdentity identity,
        PeerOptions options,
        DirectoryRegistration registration
    )
    {
        (_store, _self, _selfName) = (store, identity.PeerId, Username.Parse(options.Username));
        _registration = registration;
        try
        {
            _invites = new(store.Joined.Load().Select(joined => KeyValuePair.Create(joined.Key, joined)));
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }

    public IReadOnlyCollection<JoinedInvite> All => [.. _invites.Values];

    /// <summary>An inviter whose key from the directory differs from the one in the invite; null if none.</summary>
    public Username? Mismatch => _mismatches.IsEmpty ? null : _mismatches.Keys.FirstOrDefault();

    /// <summary>Finds the invite of an inviter; null if there is none.</summary>
    public JoinedInvite? Find(PeerId inviter) => _invites.GetValueOrDefault(inviter);

    /// <summary>Whether this peer waits for the first answer of an inviter.</summary>
    public bool IsPending(PeerId inviter) => Find(inviter) is { IsConfirmed: false };

    /// <inheritdoc cref="IsPending(PeerId)"/>
    public bool IsPending(Username inviter) =>
        _invites.Values.Any(joined => joined.Inviter == inviter && !joined.IsConfirmed);

    /// <summary>The request that proves the invite of a peer that has not accepted yet; otherwise null.</summary>
    public Request? RequestFor(PeerId inviter) =>
        Find(inviter)?.Secret is { } secret && _registration.DirectoryId is { } directory
            ? new Request
            {
                InviteId = ByteString.CopyFrom(secret.Id.Span),
                InviteProof = ByteString.CopyFrom(InviteProof.Compute(secret, directory, inviter, _self, _selfName)),
            }
            : null;

    /// <summary>Adds an invite. Replaces an earlier one of the same inviter.</summary>
    /// <exception cref="StoreException">The invite cannot be saved.</exception>
    public async Task AddAsync(JoinedInvite joined)
    {
        await _store.Joined.SaveAsync(joined);
        _invites[joined.Key] = joined;
    }

    /// <summary>Records that an inviter has accepted. The secret is then forgotten.</summary>
    /// <exception cref="StoreException">The change cannot be saved; it applies until this peer ends.</exception>
    public async Task ConfirmAsync(PeerId inviter)
    {
        if (Find(inviter) is not { IsConfirmed: false } pending)
        {
            return;
        }

        _ = _mismatches.TryRemove(pending.Inviter, out _);
        var confirmed = pending with { Secret = null, DirectoryId = _registration.DirectoryId };
        if (_invites.TryUpdate(inviter, confirmed, pending))
        {
            await _store.Joined.SaveAsync(confirmed);
        }
    }

    /// <summary>Records that the directory's key for an inviter differs from the one in the invite.</summary>
    public void OnMismatch(Username inviter, PeerId key) => _mismatches[inviter] = key;

    /// <summary>Records that the directory gave the right key for an inviter.</summary>
    public void OnMatch(Username inviter) => _mismatches.TryRemove(inviter, out _);
}
