using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// This side's attempt to connect. It lasts while this side dials or searches, or while a link that it depends on is
/// being set up.
/// </summary>
internal sealed class ConnectAttempt(LinkSet links, SessionEffectQueue effects)
{
    private bool _isDialling;
    private bool _isSearching;
    private CloseReason _lostReason = CloseReason.ConnectionLost;

    /// <inheritdoc cref="PeerSession.HasSentRequest"/>
    public bool IsInProgress { get; private set; }

    /// <summary>Whether this side asks only because both are members of a room.</summary>
    public bool IsForRooms { get; private set; }

    /// <summary>Starts to dial.</summary>
    public void Begin(bool isForRooms)
    {
        (IsInProgress, _isDialling, _lostReason) = (true, true, CloseReason.ConnectionLost);
        IsForRooms = isForRooms;
    }

    /// <summary>Succeeds, is refused, or is cancelled.</summary>
    public void End() => IsInProgress = _isDialling = false;

    /// <summary>Starts a search that may produce further links.</summary>
    public void BeginSearch() => _isSearching = true;

    /// <summary>Ends the search. The attempt fails if it has no link left.</summary>
    public void EndSearch()
    {
        if (_isSearching)
        {
            _isSearching = false;
            FailWithoutLink(_lostReason, byRemote: false);
        }
    }

    /// <summary>Ends a dial that has led to no link of its own. The attempt fails if there is no other.</summary>
    public void EndDial()
    {
        DependOnPendingLinks();
        FailWithoutLink(_lostReason, byRemote: false);
    }

    /// <summary>Ends the attempt for this side's person, and its search.</summary>
    public void Withdraw(CloseReason reason)
    {
        _isDialling = _isSearching = false;
        FailWithoutLink(reason, byRemote: false);
    }

    /// <summary>Adds a link.</summary>
    /// <param name="isOwn">Whether this side's dial or search has produced it.</param>
    /// <param name="asksToo">Whether the other side's has, and this side asks on it too.</param>
    /// <returns>Whether the attempt depends on it. It does not depend on others while this side dials.</returns>
    public bool AddLink(bool isOwn, bool asksToo)
    {
        if (isOwn && _isDialling)
        {
            DependOnPendingLinks();
        }

        return IsInProgress && !_isDialling && (isOwn || asksToo);
    }

    /// <summary>Handles the end of a link that was being set up and on which the attempt depends.</summary>
    public void OnLinkLost(CloseReason reason, bool byRemote)
    {
        if (_isSearching && !byRemote && IsPathLost(reason))
        {
            // The search may find another path.
            _lostReason = reason;
        }
        else
        {
            FailWithoutLink(reason, byRemote);
        }
    }

    private static bool IsPathLost(CloseReason reason) =>
        reason is CloseReason.ConnectionLost or CloseReason.Silent or CloseReason.HandshakeTimeout;

    // On those of the other side too: its request is accepted, because this side has asked.
    private void DependOnPendingLinks()
    {
        _isDialling = false;
        foreach (var link in links.All.Where(link => !link.IsOpen))
        {
            link.IsAttempt = IsInProgress;
        }
    }

    private void FailWithoutLink(CloseReason reason, bool byRemote)
    {
        if (IsInProgress && !_isDialling && !links.All.Any(link => link.IsAttempt))
        {
            IsInProgress = false;
            effects.Add(new SessionEffect.RequestFailed(reason, byRemote));
        }
    }
}
