using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Registers what a peer keeps: in its data directory, or in memory if it is ephemeral.</summary>
internal static class DataServices
{
    public static void AddDataDirectory(this IServiceCollection services, PeerOptions options)
    {
        services.AddSingleton(_ =>
        {
            var path = DataDirectory.PathFor(options.Data, Username.Parse(options.Username));
            BackupRestorer.RefuseUnfinished(path);
            return DataDirectory.Open(path, options.GroupMayWrite);
        });
        services.AddSingleton(provider =>
            DirectoryOf(provider) is { } directory ? PeerIdentity.Open(directory) : PeerIdentity.Create()
        );
        services.AddSingleton(provider => new LocalIdentity(
            Username.Parse(options.Username),
            provider.GetRequiredService<PeerIdentity>().PeerId
        ));
        services.AddSingleton(provider => new PrekeyRing(
            options.Ephemeral ? null : provider.GetRequiredService<PeerStore>().Prekeys,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PrekeyRing>>()
        ));
        services.AddSingleton(provider => new Contacts(
            options.Ephemeral ? null : provider.GetRequiredService<PeerStore>().Contacts,
            provider.GetRequiredService<ILogger<Contacts>>()
        ));
        services.AddSingleton(provider => new Preferences(
            options.Ephemeral ? null : provider.GetRequiredService<PeerStore>().Settings,
            options
        ));
        services.AddSingleton(provider => new ProfileBook(
            options.Ephemeral ? null : provider.GetRequiredService<PeerStore>().Profiles,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ProfileBook>>()
        ));
        services.AddSingleton(provider => new RestoredMarker(DirectoryOf(provider)));
        services.AddSingleton(provider =>
            PeerStore.Open(
                DirectoryOf(provider),
                provider.GetRequiredService<PeerIdentity>(),
                Username.Parse(options.Username),
                provider.GetRequiredService<ILogger<PeerStore>>(),
                provider.GetRequiredService<TimeProvider>()
            )
        );
        services.AddSingleton(provider =>
        {
            var directory = DirectoryOf(provider);
            var writer = ActivatorUtilities.CreateInstance<BackupWriter>(
                provider,
                new BackupSource(directory?.FullPath)
            );
            writer.CopyStoreAsync = directory is null ? null : provider.GetRequiredService<PeerStore>().CopyAsync;
            return writer;
        });

        // An ephemeral peer keeps everything in memory.
        DataDirectory? DirectoryOf(IServiceProvider provider) =>
            options.Ephemeral ? null : provider.GetRequiredService<DataDirectory>();
    }
}
