using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Services;

/// <summary>An invite of this peer, as its user sees it.</summary>
/// <param name="Link">Null if it is no longer open, or its directory's address cannot be part of a link.</param>
/// <param name="LocalNetworkOnly">Whether the link works on this peer's network only.</param>
public sealed record InviteView(Invite Invite, InviteValidity Validity, InviteLink? Link, bool LocalNetworkOnly);

/// <summary>The next step after an invite link was applied.</summary>
public enum JoinOutcome
{
    /// <summary>The inviter is being dialled. The outcome follows as an event.</summary>
    Connecting,

    /// <summary>The inviter or the directory is away. This peer connects as soon as it can.</summary>
    Waiting,

    /// <summary>The inviter was connected already, and is now verified.</summary>
    Connected,
}

/// <summary>Makes, lists and revokes invites, and joins by the invites of others. Thread-safe.</summary>
public sealed class InviteService
{
    public const int MaxUses = 100;
    public const int MaxDays = 90;

    private const int MaxKeys = 1000;

    private readonly InviteBook _book;
    private readonly InviteJoiner _joiner;
    private readonly ConnectionService _connections;
    private readonly LocalIdentity _self;
    private readonly InviteAddress _address;
    private readonly RoomLinkService _rooms;
    private readonly TimeProvider _timeProvider;
    private readonly LocalChanges _changes;

    // Guarded by _gate. The idempotency keys of this process.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Uses, int Days, Task<Invite> Creation)> _keys = [];

    internal InviteService(
        InviteBook book,
        InviteJoiner joiner,
        ConnectionService connections,
        LocalIdentity self,
        InviteAddress address,
        RoomLinkService rooms,
        TimeProvider timeProvider,
        LocalChanges changes
    )
    {
        (_book, _joiner, _connections, _self) = (book, joiner, connections, self);
        (_address, _rooms, _timeProvider, _changes) = (address, rooms, timeProvider, changes);
        book.Changed += changes.Publish;
    }

    /// <summary>All invites, newest first. Those that ended are listed for 30 days.</summary>
    public IReadOnlyList<InviteView> All => [.. _book.List().Select(View)];

    /// <summary>Makes an invite.</summary>
    /// <param name="uses">How many people can join by it: 1 to <see cref="MaxUses"/>.</param>
    /// <param name="days">How long it is valid: 1 to <see cref="MaxDays"/>.</param>
    /// <param name="idempotencyKey">A second call with the same key returns the first call's invite.</param>
    /// <exception cref="PeerException">
    /// A value is out of range, there are too many open invites, or this peer cannot invite.
    /// </exception>
    public async Task<InviteView> CreateAsync(int uses, int days, string? idempotencyKey = null)
    {
        ThrowIfImpossible(uses, days);
        return View(
            await (
                idempotencyKey is null
                    ? Guard(() => _book.CreateAsync(uses, TimeSpan.FromDays(days)))
                    : CreateOnceAsync(idempotencyKey, uses, days)
            )
        );
    }

    /// <summary>Revokes an invite. Peers that have joined by it stay contacts.</summary>
    /// <param name="id">Its eight characters, in either case.</param>
    /// <exception cref="PeerException">There is no such invite, or the change cannot be saved.</exception>
    public async Task RevokeAsync(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (await Guard(() => _book.RevokeAsync(id)) is null)
        {
            throw new PeerException(PeerError.UnknownInvite, $"There is no invite {SafeText.Show(id)}. Check its id.");
        }
    }

    /// <summary>Reads a link without using it, so that the user can agree to directory, name and key first.</summary>
    /// <exception cref="PeerException">The link is damaged, this peer's own, or for another directory.</exception>
    public InviteLink Preview(string link) => _joiner.Parse(link);

    /// <summary>
    /// Pins the key in a link, makes the inviter a contact and connects. If that is not possible now, this peer tries
    /// again as for any contact. By a link to a room the two do not become contacts.
    /// </summary>
    /// <exception cref="PeerException">
    /// The link cannot be used, the name is pinned to another key, or the directory gives another key.
    /// </exception>
    public async Task<(InviteLink Link, JoinOutcome Outcome)> JoinAsync(
        string link,
        CancellationToken cancellationToken
    )
    {
        var parsed = _joiner.Parse(link);
        if (parsed.Room is { } room)
        {
            return (parsed, await _rooms.JoinAsync(parsed, room, cancellationToken));
        }

        await _joiner.JoinAsync(parsed);
        _changes.Publish();
        try
        {
            await _connections.ConnectAsync(parsed.Inviter, cancellationToken);
            return (parsed, JoinOutcome.Connecting);
        }
        catch (PeerException exception)
            when (exception.Error
                    is PeerError.AlreadyConnected
                        or PeerError.AlreadyAsked
                        or PeerError.PeerOffline
                        or PeerError.UnknownPeer
                        or PeerError.DirectoryUnavailable
            )
        {
            return (
                parsed,
                exception.Error switch
                {
                    PeerError.AlreadyConnected => JoinOutcome.Connected,
                    PeerError.AlreadyAsked => JoinOutcome.Connecting,
                    _ => JoinOutcome.Waiting,
                }
            );
        }
    }

    private void ThrowIfImpossible(int uses, int days)
    {
        if (uses is < 1 or > MaxUses || days is < 1 or > MaxDays)
        {
            throw CannotInvite(
                $"An invite admits 1 to {MaxUses} people for 1 to {MaxDays} days. Choose numbers in these ranges."
            );
        }

        _address.ThrowIfImpossible();
    }

    private Task<Invite> CreateOnceAsync(string key, int uses, int days)
    {
        lock (_gate)
        {
            // A failed call may be repeated.
            if (_keys.TryGetValue(key, out var earlier) && !earlier.Creation.IsFaulted)
            {
                return (earlier.Uses, earlier.Days) == (uses, days)
                    ? earlier.Creation
                    : throw new PeerException(
                        PeerError.KeyReused,
                        "This Idempotency-Key was used for another invite. Use a new key for each invite."
                    );
            }

            if (_keys.Count >= MaxKeys)
            {
                _keys.Clear();
            }

            var creation = Guard(() => _book.CreateAsync(uses, TimeSpan.FromDays(days)));
            _keys[key] = (uses, days, creation);
            return creation;
        }
    }

    private InviteView View(Invite invite)
    {
        var validity = invite.ValidityAt(_timeProvider.GetUtcNow());
        var link = validity == InviteValidity.Open ? _address.LinkOf(_self.Name, _self.PeerId, invite.Secret) : null;
        return new InviteView(invite, validity, link, link is not null && LocalNetwork.IsOnlyHost(link.Directory));
    }

    private static async Task<T> Guard<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }

    private static PeerException CannotInvite(string message) => new(PeerError.CannotInvite, message);
}
