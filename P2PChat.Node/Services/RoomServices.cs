using P2PChat.Node.Identity;
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
        services.AddSingleton<RoomDelivery>();
        services.AddSingleton<RoomAcquaintances>();
        services.AddSingleton<RoomBlocks>();
        services.AddSingleton<RoomOutputs>();
        services.AddSingleton<RoomInputs>();
        services.AddSingleton(provider => new RoomService(
            provider.GetRequiredService<PeerIdentity>(),
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<SessionContext>(),
            provider.GetRequiredService<BlockPolicy>(),
            provider.GetRequiredService<RoomBook>(),
            provider.GetRequiredService<RoomViews>(),
            provider.GetRequiredService<RoomFinder>(),
            provider.GetRequiredService<RoomCommands>(),
            provider.GetRequiredService<LocalChanges>()
        ));
        services.AddSingleton(provider => new RoomHistoryService(
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
