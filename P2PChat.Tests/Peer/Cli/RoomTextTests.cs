using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class RoomTextTests
{
    [Theory]
    [InlineData("Hiking trip", "#hiking-trip")]
    // Whatever separates words, the rest of a line cannot come from the name of a room.
    [InlineData("team\u00a0bob:\u2003pay\u202fme", "#team-bob:-pay-me")]
    public void Name_of_a_room_is_one_word(string name, string handle) => Assert.Equal(handle, RoomText.Handle(name));
}
