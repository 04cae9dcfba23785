using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Registers the file services.</summary>
internal static class FileServices
{
    public static void AddFiles(this IServiceCollection services)
    {
        services.AddSingleton<DiskReserve>();
        services.AddSingleton<PrivateFolder>();
        services.AddSingleton<DownloadFolder>();
        services.AddSingleton<UploadFolder>();
        services.AddSingleton<TransferBook>();
        services.AddSingleton<TransferPolicy>();
        services.AddSingleton<CopyLedger>();
        services.AddSingleton<CopyTasks>();
        services.AddSingleton<SealedCopies>();
        services.AddSingleton(provider => new FileService(
            provider.GetRequiredService<SessionTable>(),
            provider.GetRequiredService<PeerStore>(),
            provider.GetRequiredService<TransferBook>(),
            provider.GetRequiredService<TransferPolicy>(),
            provider.GetRequiredService<SealedCopies>(),
            provider.GetRequiredService<MessageService>(),
            provider.GetRequiredService<UploadFolder>()
        ));
        services.AddSingleton(provider => new UploadService(
            provider.GetRequiredService<UploadFolder>(),
            provider.GetRequiredService<DiskReserve>()
        ));
        services.AddSingleton(provider => new FileContentService(
            provider.GetRequiredService<FileService>(),
            provider.GetRequiredService<PeerStore>()
        ));
    }
}
