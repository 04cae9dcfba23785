using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

public abstract partial class DirectoryContract
{
    [Fact]
    public async Task A_registration_pays_for_what_it_is_whatever_the_replica_took_it_for()
    {
        await using var directory = await StartAsync(
            "Directory:RateLimits:Enabled=true",
            "Directory:LastKnownPeers=1",
            "Directory:RateLimits:NewNames:Burst=4",
            "Directory:RateLimits:NewNames:PerSecond=0.01",
            "Directory:RateLimits:Returns:Burst=2",
            "Directory:RateLimits:Returns:PerSecond=0.01"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        Assert.Null(directory.Memory.Find(bob.Username));

        // Bob is not remembered, so he looks like one who is new.
        await directory.RegisterAsync(bob);
        await directory.RegisterAsync(bob);
        using var tooOften = await directory.PutAsync(bob.Username, bob.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, tooOften);

        // Carol is remembered, though her claim is gone, so she looks like one who comes back.
        using var carol = new TestIdentity();
        directory.Memory.Clear();
        directory.Memory.Saw(
            new(carol.Username, carol.PeerId.ToString(), Online: true, DateTimeOffset.UtcNow, Sequence: 1)
        );
        using var created = await directory.PutAsync(carol.Username, carol.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var dave = new TestIdentity();
        await directory.RegisterAsync(dave);
        using var erin = new TestIdentity();
        using var refused = await directory.PutAsync(erin.Username, erin.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);
    }
}
