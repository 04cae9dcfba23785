using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

/// <summary>Base of the contracts that a directory fulfils with every store.</summary>
public abstract class DirectoryContract(IStoreUnderTest store)
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    protected static readonly string[] ShortLease =
    [
        "Directory:Lease=00:00:00.800",
        "Directory:RenewEvery=00:00:00.100",
    ];

    /// <summary>The longest allowed interval, so that what a test sees before it is not due to a sweep.</summary>
    protected const string NoSweep = "Directory:SweepEvery=00:00:04";

    /// <summary>Starts a directory on the emptied store.</summary>
    protected async Task<DirectoryFixture> StartAsync(params string[] settings) =>
        await DirectoryFixture.StartAsync([.. await store.PrepareAsync(), .. settings]);

    protected static Task UntilOffline(DirectoryFixture directory, TestIdentity identity) =>
        Eventually.True(
            async () => await directory.FindAsync(identity.Username) is { Online: false },
            Soon,
            "the lease has ended"
        );
}
