using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>Makes the other peer a contact without a link. Guarded by the session's lock.</summary>
internal sealed class MailIntroductions(SessionHost host)
{
    /// <summary>The introduction at the start of the next envelope to the other peer.</summary>
    public MailIntroduction Current
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.Introduction;
            }
        }
    }

    /// <summary>Whether the two are contacts, even if that is not stored yet.</summary>
    public bool IsContact
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.IsContact;
            }
        }
    }

    /// <inheritdoc cref="PeerSession.AcceptByMail"/>
    /// <param name="used">This peer's invite that the other has used; null if none.</param>
    /// <returns>Also null if this session is retired and the caller must use another.</returns>
    public bool? Accept(
        Username name,
        MailIntroduction introduction,
        ReadOnlyMemory<byte> capability,
        Invite? used = null
    )
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return null;
            }

            var inviteId = used?.Secret.Id ?? default;
            var isAccepted = host.Machine.AcceptByMail(name, introduction, capability, inviteId);
            if (isAccepted)
            {
                // A second request must not hide the invite of the first before that is reported.
                host.Requests.UsedInvite ??= used;
                host.Contact.SetPaused(false);
                host.Contact.SetTheyAsked(introduction == MailIntroduction.Accept);
            }

            host.Drain();
            return isAccepted;
        }
    }
}
