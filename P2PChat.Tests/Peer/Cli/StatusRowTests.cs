using P2PChat.Node.Model;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class StatusRowTests
{
    private static readonly StatusRow Quiet = new(Name("dave"), DirectoryState.Registered, 2, [], 0, [], null);

    private static readonly StatusRow Busy = Quiet with
    {
        Asking = [Name("carol")],
        New = 3,
        Writing = [Name("bob")],
        LastSent = (Name("bob"), MessageState.Read),
    };

    [Fact]
    public void It_tells_who_where_and_with_how_many() =>
        Assert.Equal("── dave · in the directory · 2 connected", Quiet.Draw(79, Ink.None));

    [Fact]
    public void What_waits_and_what_became_of_the_last_message_follows() =>
        Assert.Equal(
            "── dave · in the directory · 2 connected · carol asks · 3 new · bob is writing · to bob: read",
            Busy.Draw(120, Ink.None)
        );

    [Theory]
    [InlineData(79, "── dave · in the directory · 2 connected · carol asks · 3 new · bob is writing")]
    [InlineData(70, "── dave · in the directory · carol asks · 3 new · bob is writing")]
    [InlineData(50, "── dave · carol asks · 3 new · bob is writing")]
    [InlineData(30, "── dave · carol asks · 3 new")]
    [InlineData(22, "── dave · carol asks")]
    [InlineData(12, "── dave")]
    [InlineData(6, "── da…")]
    [InlineData(1, "─")]
    public void Where_it_is_narrow_what_matters_least_is_left_out(int width, string row) =>
        Assert.Equal(row, Busy.Draw(width, Ink.None));

    [Theory]
    [InlineData(DirectoryState.Registering, "registering")]
    [InlineData(DirectoryState.Refused, "refused by the directory")]
    [InlineData(DirectoryState.Unreachable, "directory not reached")]
    public void Trouble_with_the_directory_stays_as_long_as_it_can(DirectoryState state, string words) =>
        Assert.Equal($"── dave · {words}", (Quiet with { Directory = state }).Draw(34, Ink.None));

    [Fact]
    public void Several_are_counted() =>
        Assert.Equal(
            "── dave · in the directory · 2 connected · 2 ask · 2 are writing · to bob: waits",
            (
                Quiet with
                {
                    Asking = [Name("ann"), Name("ben")],
                    Writing = [Name("ann"), Name("ben")],
                    LastSent = (Name("bob"), MessageState.Queued),
                }
            ).Draw(120, Ink.None)
        );

    [Fact]
    public void A_message_that_failed_is_told_by_a_line_of_its_own_and_not_here() =>
        Assert.Equal(
            Quiet.Draw(120, Ink.None),
            (Quiet with { LastSent = (Name("bob"), MessageState.Expired) }).Draw(120, Ink.None)
        );

    [Fact]
    public void Colours_take_no_columns() =>
        Assert.Equal(
            Busy.Draw(50, Ink.None),
            System.Text.RegularExpressions.Regex.Replace(Busy.Draw(50, new Ink(true)), @"\e\[[0-9;]*m", "")
        );

    private static Username Name(string name) => Username.Parse(name);
}
