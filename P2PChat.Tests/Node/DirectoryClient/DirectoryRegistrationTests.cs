using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.DirectoryClient;

public sealed class DirectoryRegistrationTests
{
    [Fact]
    public async Task State_is_visible_only_after_its_event()
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
