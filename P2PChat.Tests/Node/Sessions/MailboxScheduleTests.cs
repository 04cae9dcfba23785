using P2PChat.Node.Sessions;

namespace P2PChat.Tests.Node.Sessions;

public sealed class MailboxScheduleTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(20, 2)]
    [InlineData(90, 5)]
    [InlineData(int.MaxValue, 5)]
    public void Deposits_to_many_members_are_rarer(int members, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), MailboxSchedule.RoomPauseFor(members));
}
