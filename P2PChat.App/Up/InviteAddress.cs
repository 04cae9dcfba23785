using System.Net.Sockets;
using P2PChat.Node.Links;
using P2PChat.Node.Model;

namespace P2PChat.App.Up;

/// <summary>
/// Keeps <see cref="PeerOptions.InviteDirectory"/> at this machine's current address in the local network, at which
/// friends reach the directory.
/// </summary>
internal sealed class InviteAddress : IDisposable
{
    private readonly ILocalAddresses _addresses;
    private readonly PeerOptions _options;
    private readonly int _port;

    /// <param name="port">The directory's port.</param>
    public InviteAddress(ILocalAddresses addresses, PeerOptions options, int port)
    {
        (_addresses, _options, _port) = (addresses, options, port);
        Update();
        addresses.MayHaveChanged += Update;
    }

    public void Dispose() => _addresses.MayHaveChanged -= Update;

    // Links with an IPv4 address are shorter, and fit into a QR code.
    private void Update()
    {
        var present = _addresses.Read();
        var address = present.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
            ?? (present is [var first, ..] ? first : null);
        _options.InviteDirectory = address is null
            ? Local(_port)
            : new UriBuilder(Uri.UriSchemeHttp, address.ToString(), _port).Uri;
    }

    /// <summary>The directory's address on this machine.</summary>
    public static Uri Local(int port) => new UriBuilder(Uri.UriSchemeHttp, "localhost", port).Uri;
}
