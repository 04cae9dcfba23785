namespace P2PChat.Node.Sessions;

/// <summary>
/// Tells the other peer the directory's address, if it joined by an invite of this peer, whose machine runs the
/// directory; and takes such an address from it. Guarded by the session's lock.
/// </summary>
internal sealed class DirectoryNotice(SessionHost host)
{
    private readonly SessionContext _context = host.Context;

    /// <summary>Sends the address on the open link, if there is one.</summary>
    public void Send()
    {
        lock (host.StateLock)
        {
            if (!host.Lifecycle.IsRetired && host.Machine.IsConnected)
            {
                OnConnected();
                host.Drain();
            }
        }
    }

    internal void OnConnected()
    {
        if (_context.DirectoryOffers.AddressFor(host.Machine.RemoteName!.Value, host.Remote) is { } address)
        {
            _ = host.Machine.SendDirectoryAddress(address);
        }
    }

    internal void OnReceived(string address) => _context.DirectoryOffers.OnReceived(host.Remote, address);
}
