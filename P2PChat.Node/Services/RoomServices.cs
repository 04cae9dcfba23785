using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Registers the services of rooms.</summary>
internal static class RoomServices
{
    public static void AddRooms(this IServiceCollection services)
    {
        services.AddSingleton<RoomBook>();
        services.AddSingleton<RoomViews>();
        services.AddSingleton<RoomFinder>();
        services.AddSingleton<RoomCommands>();
        services.AddSingleton<RoomCatchUps>();
        services.AddSingleton<RoomDelivery>();
        services.AddSingleton<RoomAcquaintances>();
        services.AddSingleton<RoomBlocks>();
        services.AddSingleton<RoomOutputs>();
        services.AddSingleton<RoomInputs>();
        services.AddSingleton<RoomLinks>();
        services.AddSingleton(provider => new RoomLinkService(
            provider.GetRequiredService<LocalIdentity>(),
            provider.GetRequiredService<InviteAddress>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<PeerLookup>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomLinks>(),
            provider.GetRequiredService<RoomFinder>(),
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<RoomAcquaintances>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new RoomService(
            provider.GetRequiredService<PeerIdentity>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<RoomBook>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomFinder>(),
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<RoomLinks>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new RoomHistoryService(
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomCommands>()
        ));
        services.AddSingleton(provider => new RoomPictureService(
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new RoomMarkService(
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomFinder>(),
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new RoomInfoService(
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomCommands>()
        ));
        services.AddSingleton(provider => new RoomSearchService(
            provider.GetRequiredService<PeerStore>(),
            provider.GetRequiredService<RoomBook>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomCommands>()
        ));
        services.AddSingleton(provider => new RoomMessageService(
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomFinder>(),
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<LocalChanges>()
        ));
    }
}
