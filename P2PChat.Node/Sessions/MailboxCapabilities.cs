using P2PChat.Node.Storage;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Grants the other peer a capability for this peer's mailbox, and owns the one that it has granted in return.
/// Guarded by the session's lock.
/// </summary>
internal sealed class MailboxCapabilities(SessionHost host, byte[]? stored)
{
    private readonly SessionContext _context = host.Context;
    private bool _isSaving;

    /// <summary>The capability for the other peer's mailbox; null if it has granted none.</summary>
    // A null array would convert to an empty capability.
    internal ReadOnlyMemory<byte>? Theirs { get; private set; } =
        stored is { } capability ? capability : default(ReadOnlyMemory<byte>?);

    /// <summary>Whether this side can deposit mail for the other.</summary>
    internal bool HasMailbox => Theirs is not null && !_context.IsEphemeral;

    internal void OnContactRemoved()
    {
        Theirs = null;
        _context.Mail.ContactRemoved();
    }

    internal void OnGranted(ReadOnlyMemory<byte> capability)
    {
        if (host.Contact.IsEphemeral || _context.IsEphemeral)
        {
            return;
        }

        // Even if it is known: the directory may have refused it before it was registered there.
        host.Mail.Retry();
        if (Theirs is { } known && known.Span.SequenceEqual(capability.Span))
        {
            return;
        }

        Theirs = capability;
        if (!_isSaving)
        {
            _isSaving = true;
            _ = Task.Run(SaveAsync);
        }
    }

    /// <summary>
    /// Grants a capability on the open link, unless one of the keys lasts only as long as its process.
    /// </summary>
    internal void BeginGrant()
    {
        if (!host.Contact.IsEphemeral && !_context.IsEphemeral)
        {
            _ = Task.Run(GrantAsync);
        }
    }

    // The store has the capability before the other side, and returns the same one each time.
    private async Task GrantAsync()
    {
        try
        {
            if (await _context.Store.Capabilities.GrantAsync(host.Remote) is not { } capability)
            {
                return;
            }

            _context.Mail.Granted(capability);
            lock (host.StateLock)
            {
                if (!host.Lifecycle.IsBroken && host.Machine.GrantMailbox(capability))
                {
                    host.Drain();
                }
            }
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }

    // One save at a time, of the newest capability only, so that endless grants cannot fill the store's queue.
    private async Task SaveAsync()
    {
        ReadOnlyMemory<byte>? saved = null;
        while (true)
        {
            lock (host.StateLock)
            {
                if (host.Lifecycle.IsBroken || Theirs is not { } theirs || (saved is { } last && last.Equals(theirs)))
                {
                    _isSaving = false;
                    return;
                }

                saved = theirs;
            }

            try
            {
                await _context.Store.Capabilities.SaveTheirsAsync(host.Remote, saved.Value);
            }
            catch (StoreException exception)
            {
                _context.ContactStateLog.Failed(exception);
            }
        }
    }
}
