using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Ends, expires and retires a session, and begins its epochs. Owns whether the session can still be used. Guarded by
/// the session's lock.
/// </summary>
internal sealed class SessionLifecycle(SessionHost host)
{
    /// <summary>
    /// Whether the two are contacts without an open link, and the user has not disconnected. A request may be under
    /// way, because it may fail.
    /// </summary>
    public bool WantsLink
    {
        get
        {
            lock (host.StateLock)
            {
                return !IsRetired && !host.Contact.IsPaused && IsAccepted && !host.Machine.IsConnected;
            }
        }
    }

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            lock (host.StateLock)
            {
                return IsBroken
                    ? null
                    : Earlier(Earlier(host.Machine.Deadline, host.Files.Deadline), host.Profiles.Deadline);
            }
        }
    }

    /// <summary>Whether callers must use another session for the peer.</summary>
    internal bool IsRetired { get; private set; }

    /// <summary>Whether the store has failed. A broken session is retired, too.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Ends the connection, or withdraws the request.</summary>
    /// <returns>False if there is neither.</returns>
    public bool Disconnect()
    {
        lock (host.StateLock)
        {
            if (!host.Machine.IsConnected && !host.Machine.HasSentRequest)
            {
                return false;
            }

            host.Contact.SetPaused(true);
            End(CloseReason.Ended);
            return true;
        }
    }

    /// <summary>
    /// Ends links and requests, and removes the peer as a contact: queued messages are abandoned, and the mailbox
    /// accepts no more mail from it.
    /// </summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool RemoveContact()
    {
        lock (host.StateLock)
        {
            if (IsRetired)
            {
                return false;
            }

            _ = host.Requests.Reject();
            _ = Disconnect();
            // After the links have ended, so that the other side is not told which messages are abandoned.
            host.Machine.RemoveContact();
            host.Drain();
            return true;
        }
    }

    /// <summary>
    /// Renumbers unacknowledged messages in a new epoch, above any that an older copy of this peer may have used.
    /// </summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool BeginEpoch()
    {
        lock (host.StateLock)
        {
            if (IsRetired)
            {
                return false;
            }

            BeginNextEpoch();
            host.Drain();
            return true;
        }
    }

    public void EndForExit()
    {
        lock (host.StateLock)
        {
            IsRetired = true;
            End(CloseReason.GoingAway);
        }
    }

    /// <summary>Checks timeouts.</summary>
    public void Tick(DateTimeOffset now)
    {
        lock (host.StateLock)
        {
            host.Profiles.Tick(now);
            if (Earlier(host.Machine.Deadline, host.Files.Deadline) is not { } deadline || now < deadline)
            {
                return;
            }

            host.Machine.Tick(now);
            host.Files.Tick(now);
            host.Drain();
        }
    }

    /// <summary>Abandons messages that have waited too long.</summary>
    public void Expire(TimeReading now)
    {
        lock (host.StateLock)
        {
            host.Machine.Conversation.Expire(now);
            host.Drain();
        }
    }

    /// <summary>Retires the session if it is idle and everything is stored.</summary>
    /// <param name="evenIfKnown">Whether a contact's session may be retired too.</param>
    public bool TryRetire(bool evenIfKnown)
    {
        lock (host.StateLock)
        {
            // Unacknowledged messages must expire or be deposited as mail, even if nobody uses the session meanwhile.
            var isIdle =
                host.Commits.IsFlushed
                && host.Machine.IsIdle
                && !host.Machine.HasMail
                && !host.Mail.IsDepositing
                && (evenIfKnown || !IsAccepted);
            IsRetired |= isIdle;
            // A session that ended with its peer is retired already, and may still be waiting for the store.
            return isIdle;
        }
    }

    /// <summary>
    /// Ends a session whose state machine is ahead of the store. The peer's next session reloads the store.
    /// </summary>
    public void OnStoreFailed(StoreException exception)
    {
        lock (host.StateLock)
        {
            if (IsBroken)
            {
                return;
            }

            // Changes that were committed before the failure may not have been reported yet.
            host.OnCommitted(host.Commits.Written);
            (IsBroken, IsRetired) = (true, true);
            host.Commits.Fail(exception);
            host.Mail.Abort();
            var wasLinked = host.Links.CloseAll(CloseReason.InternalError);
            host.Dial.Cancel();
            host.Upgrade.Cancel();
            host.Requests.OnStoreFailed();
            host.Files.OnStoreFailed();
            if (host.NameClaim.Current is { } name)
            {
                if (wasLinked)
                {
                    host.Publish(new PeerEvent.Disconnected(name, DisconnectReason.ConnectionLost));
                }

                host.Context.Reconnect.Lost(name, host.Remote, host.Executor.ConnectedFor);
            }

            host.Context.Metrics.Error("store");
        }

        host.Broken?.Invoke(host);
    }

    // As a contact, or as a member of the same room.
    private bool IsAccepted => host.Machine.AcceptedAs is not null;

    internal void BeginNextEpoch() =>
        host.Machine.Conversation.BeginEpoch(host.Context.NextEpoch(above: host.Machine.Snapshot.Conversation.Epoch));

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        other < one ? other : one ?? other;

    private void End(CloseReason reason)
    {
        host.Dial.Cancel();
        host.Upgrade.Cancel();
        host.Machine.End(reason);
        host.Drain();
    }
}
