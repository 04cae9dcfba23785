using Microsoft.Extensions.Time.Testing;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;
using VerifiedBy = P2PChat.Node.Identity.VerifiedBy;

namespace P2PChat.Tests.Web;

/// <summary>The page's texts about invites and verification.</summary>
public sealed class InviteTextTests
{
    // Tuesday, 1 January 2030, at midnight.
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(InviteItemState.Open, 1, "For one person, until", TimeFormat.Until)]
    [InlineData(InviteItemState.Open, 5, "For 5 people, until", TimeFormat.Until)]
    [InlineData(InviteItemState.Used, 1, "Used up, created", TimeFormat.Ago)]
    [InlineData(InviteItemState.Revoked, 1, "Revoked, created", TimeFormat.Ago)]
    [InlineData(InviteItemState.Expired, 1, "Expired", TimeFormat.Ago)]
    public void Invite_is_described_in_one_line(InviteItemState state, int uses, string words, TimeFormat format)
    {
        var text = InviteText.Of(NewInvite(state, uses, At(2030, 1, 8)));

        Assert.Equal((words, format), (text.Words, text.Format));
        Assert.Equal(format == TimeFormat.Until || state == InviteItemState.Expired, text.Moment == At(2030, 1, 8));
    }

    [Fact]
    public void Invalid_invite_says_why() =>
        Assert.Equal(
            new InviteText("No longer valid, because your data was restored from a backup or an older copy"),
            InviteText.Of(NewInvite(InviteItemState.Void, 1, At(2030, 1, 8)))
        );

    [Theory]
    [InlineData("https://chat.example.org/i#1", false, null)]
    [InlineData("http://192.168.1.2:5000/i#1", true, "This link works on your network only.")]
    [InlineData("http://localhost:5000/i#1", true, "This link works on this computer only.")]
    [InlineData("http://127.0.0.1:5000/i#1", true, "This link works on this computer only.")]
    public void Invite_with_a_private_address_warns(string link, bool localNetworkOnly, string? expected) =>
        Assert.Equal(
            expected,
            InviteText.ReachOf(
                NewInvite(InviteItemState.Open, 1, At(2030, 1, 8)) with
                {
                    Link = link,
                    LocalNetworkOnly = localNetworkOnly,
                }
            )
        );

    [Theory]
    [InlineData(VerifiedBy.None, false, null, null)]
    [InlineData(VerifiedBy.Comparison, true, "verified", "You have compared the safety number.")]
    [InlineData(VerifiedBy.Invite, false, "verified by invite", "The invite link that you used contained bob's key.")]
    [InlineData(VerifiedBy.Invite, true, "verified by invite", "bob joined by your invite, which was for one person.")]
    [InlineData(
        VerifiedBy.None,
        true,
        null,
        "bob joined by your invite. It was for several people, so it does not say which of them this is."
    )]
    public void Verification_is_explained(VerifiedBy by, bool joined, string? mark, string? sentence) =>
        Assert.Equal(
            new VerificationText(mark, sentence),
            VerificationText.Of(new Person(Username.Parse("bob")) { VerifiedBy = by, JoinedByInvite = joined })
        );

    [Theory]
    [InlineData(InviteValidity.Used, "Their invite has already been used.")]
    [InlineData(InviteValidity.Revoked, "Their invite was revoked.")]
    [InlineData(InviteValidity.Expired, "Their invite has expired.")]
    public void Request_with_an_invite_that_does_not_count_says_why(InviteValidity reason, string expected) =>
        Assert.Equal(expected, InviteRefusalText.OfTheirs(reason));

    private InviteItem NewInvite(InviteItemState state, int uses, DateTimeOffset expiresAt) =>
        new("ABCDEFGH", state, uses, 0, _clock.GetUtcNow(), expiresAt, []);

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
