using Google.Protobuf;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Profiles;

/// <summary>The versions, the reading and the pace of profiles.</summary>
public sealed class ProfileRulesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Theory]
    [InlineData(0, 1_800_000_000_000)]
    [InlineData(1_800_000_000_000, 1_800_000_000_008)]
    [InlineData(1_900_000_000_000, 1_900_000_000_008)]
    [InlineData(long.MaxValue, 1_800_000_000_000)]
    [InlineData(-5, 1_800_000_000_000)]
    public void Version_grows_even_if_the_clock_does_not(long last, long expected) =>
        Assert.Equal(expected, ProfileRules.NextVersion(last, Now, jump: 7));

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue + 1ul)]
    [InlineData(ulong.MaxValue)]
    public void Profile_with_a_bad_version_is_not_taken(ulong version)
    {
        Assert.Null(ProfileRules.Read(new Profile { Version = version, DisplayName = "Bob" }, out var problem));
        Assert.Equal(ProfileProblem.Version, problem);
    }

    [Fact]
    public void Profile_with_a_bad_picture_is_taken_without_it()
    {
        var frame = new Profile
        {
            Version = 3,
            DisplayName = "Bob",
            Picture = ByteString.CopyFromUtf8("<svg/>"),
        };

        Assert.Equal(new PeerProfile(3, "Bob", default), ProfileRules.Read(frame, out var problem));
        Assert.Equal(ProfileProblem.PictureFormat, problem);
    }

    [Fact]
    public void Last_profile_of_a_flood_is_applied_when_the_limit_allows()
    {
        var intake = new ProfileIntake();
        for (var i = 1; i <= ProfileIntake.Burst; i++)
        {
            Assert.Equal(i, intake.Offer(Version(i), Now.AddSeconds(i))!.Version);
        }

        Assert.Null(intake.Deadline);
        for (var i = 7; i < 1000; i++)
        {
            Assert.Null(intake.Offer(Version(i), Now.AddSeconds(7)));
        }

        Assert.Equal(Now.AddSeconds(601), intake.Deadline);
        Assert.Null(intake.Tick(Now.AddSeconds(600)));
        Assert.Equal(999, intake.Tick(Now.AddSeconds(601))!.Version);
        Assert.Null(intake.Deadline);

        Assert.Null(intake.Offer(Version(1000), Now.AddSeconds(1200)));
        Assert.Equal(1000, intake.Tick(Now.AddSeconds(1201))!.Version);
        // After an hour without any, the whole burst is allowed again.
        Assert.All(Enumerable.Range(2000, ProfileIntake.Burst), version =>
            Assert.Equal(version, intake.Offer(Version(version), Now.AddSeconds(5000))!.Version)
        );
        Assert.Null(intake.Offer(Version(3000), Now.AddSeconds(5000)));
    }

    [Fact]
    public void Cleared_intake_takes_nothing_later()
    {
        var intake = new ProfileIntake();
        for (var i = 1; i <= ProfileIntake.Burst + 1; i++)
        {
            _ = intake.Offer(Version(i), Now);
        }

        intake.Clear();

        Assert.Null(intake.Deadline);
        Assert.Null(intake.Tick(Now.AddHours(1)));
    }

    private static PeerProfile Version(long version) => new(version, "", default);
}
