using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryRegistrationTests
{
    [Fact]
    public async Task Whoever_sees_how_the_peer_stands_has_been_told_so()
    {
        for (var round = 0; round < 100; round++)
        {
            var events = new EventLog();
            var registration = new DirectoryRegistration(events);
            var registering = Task.Run(() => registration.Registered("token"));

            while (registration.State != DirectoryState.Registered)
            {
                Thread.Yield();
            }

            Assert.Equal(1, events.Last);
            await registering;
        }
    }
}
