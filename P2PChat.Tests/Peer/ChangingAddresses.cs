using System.Net;
using P2PChat.Peer.Discovery;

namespace P2PChat.Tests.Peer;

/// <summary>The addresses of a machine that a test carries from one network to another.</summary>
internal sealed class ChangingAddresses(params string[] addresses) : ILocalAddresses
{
    private volatile IReadOnlyList<IPAddress> _present = Parse(addresses);

    public event Action? MayHaveChanged;

    public IReadOnlyList<IPAddress> Read() => _present;

    public void Change(params string[] addresses)
    {
        ChangeUnannounced(addresses);
        MayHaveChanged?.Invoke();
    }

    public void ChangeUnannounced(params string[] addresses) => _present = Parse(addresses);

    private static IReadOnlyList<IPAddress> Parse(string[] addresses) => [.. addresses.Select(IPAddress.Parse)];
}
