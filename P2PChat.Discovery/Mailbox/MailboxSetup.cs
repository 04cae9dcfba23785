using P2PChat.Discovery.Mailbox.Memory;
using P2PChat.Discovery.Mailbox.Redis;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.Mailbox;

/// <summary>Puts the mailboxes together, in the same store as the claims.</summary>
internal static class MailboxSetup
{
    public static void AddMailboxes(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (PeersSetup.HasRedis(builder.Configuration))
        {
            services.AddStore<RedisMailboxStore>();
        }
        else
        {
            services.AddStore<InMemoryMailboxStore>();
        }

        services.AddSingleton<MailboxMetrics>();
        services.AddSingleton<SignalFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<SignalFeed>());
        services.AddHostedService<MailSweeper>();
        services.AddSingleton<DepositMail>();
        services.AddSingleton<CollectMail>();
        services.AddSingleton<GrantMail>();
        services.AddSingleton<SignalStream>();
    }

    private static void AddStore<TStore>(this IServiceCollection services)
        where TStore : class, IMailboxStore
    {
        services.AddSingleton<TStore>();
        services.AddSingleton<IMailboxStore>(provider => new ObservedMailboxStore(
            provider.GetRequiredService<TStore>(),
            provider.GetRequiredService<StoreObserver>()
        ));
    }
}
