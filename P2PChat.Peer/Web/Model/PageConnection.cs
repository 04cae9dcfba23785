using Microsoft.AspNetCore.Components.Server.Circuits;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// Tells when a page has lost its connection. The peer keeps its circuit for some minutes, in which nobody sees what it
/// renders.
/// </summary>
internal sealed class PageConnection : CircuitHandler
{
    /// <summary>Raised on any thread. Once the page is connected again, its scripts report where the user is.</summary>
    public event Action? Lost;

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Lost?.Invoke();
        return Task.CompletedTask;
    }
}
