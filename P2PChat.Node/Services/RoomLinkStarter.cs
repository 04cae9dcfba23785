using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Services;

/// <summary>Applies the link to a room that this peer was started with.</summary>
internal sealed partial class RoomLinkStarter(
    RoomLinkService links,
    PeerOptions options,
    ILogger<RoomLinkStarter> logger
) : BackgroundService
{
    private readonly ILogger<RoomLinkStarter> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        if (InviteLink.TryParse(options.InviteLink, out var link) != InviteLinkError.None || link!.Room is not { } room)
        {
            return;
        }

        if (links.IsKnown(room))
        {
            LogKnown(room.ToString());
            return;
        }

        try
        {
            _ = await links.JoinAsync(link, room, stoppingToken);
        }
        catch (PeerException exception)
        {
            LogNotJoined(exception.Message);
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "This peer is in room {Room} already, or was. To use its link again, connect with it."
    )]
    private partial void LogKnown(string room);

    [LoggerMessage(LogLevel.Warning, "The link to a room was not applied. {Reason}")]
    private partial void LogNotJoined(string reason);
}
