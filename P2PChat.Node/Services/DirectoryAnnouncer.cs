using P2PChat.Node.Model;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Tells connected friends when the address of the directory on this machine has changed.</summary>
internal sealed class DirectoryAnnouncer(SessionTable sessions, PeerOptions options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        options.InviteDirectoryChanged += OnChanged;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        options.InviteDirectoryChanged -= OnChanged;
        return Task.CompletedTask;
    }

    private void OnChanged()
    {
        foreach (var session in sessions.All)
        {
            session.DirectoryNotice.Send();
        }
    }
}
