using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

/// <summary>What notifications say. <see cref="NotificationTests"/> shows them in a browser.</summary>
public sealed class PageNotificationTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public void Reaction_to_an_own_message_is_notified()
    {
        var notification = PageNotification.Of(Changed(MessageChange.Reaction), _ => new Person(Bob));

        Assert.Equal("Reacted 👍 to: at ▒▒▒", notification?.Text);
        Assert.Equal("New reaction", notification?.HiddenText);
        Assert.Equal(("bob", "c/bob"), (notification?.Title, notification?.Path));
    }

    [Fact]
    public void Other_changes_are_not_notified()
    {
        var muted = new Person(Bob) { Marks = ChatMarks.None with { Muted = true } };
        var reaction = Changed(MessageChange.Reaction);

        Assert.Null(PageNotification.Of(Changed(MessageChange.Edit), _ => new Person(Bob)));
        Assert.Null(PageNotification.Of(reaction, _ => muted));
        Assert.Null(PageNotification.Of(reaction with { By = Alice }, _ => new Person(Bob)));
        Assert.Null(PageNotification.Of(reaction with { Message = Own with { From = Bob } }, _ => new Person(Bob)));
        // It was taken back.
        Assert.Null(PageNotification.Of(reaction with { Message = Own with { Reactions = [] } }, _ => new Person(Bob)));
    }

    [Fact]
    public void Notification_goes_with_its_message_or_reaction()
    {
        var shown = PageNotification.Of(new PeerEvent.MessageReceived(FromBob), Find)!;
        var reaction = PageNotification.Of(Changed(MessageChange.Reaction), Find)!;
        var taken = Changed(MessageChange.Reaction) with { Message = Own with { Reactions = [] } };

        Assert.Equal(
            (shown.Key, shown.Message, false),
            PageNotification.RemovedBy(new PeerEvent.MessageChanged(FromBob, Bob, MessageChange.Delete))
        );
        Assert.Equal(
            (shown.Key, shown.Message, false),
            PageNotification.RemovedBy(new PeerEvent.MessageDisappeared(Bob, FromBob.Id, Bob))
        );
        Assert.Equal((reaction.Key, reaction.Message, true), PageNotification.RemovedBy(taken));
        Assert.Null(PageNotification.RemovedBy(Changed(MessageChange.Reaction)));
        Assert.Null(PageNotification.RemovedBy(Changed(MessageChange.Edit)));
    }

    [Fact]
    public void Edited_message_changes_its_notification()
    {
        var edit = new PeerEvent.MessageChanged(FromBob with { Text = "later" }, Bob, MessageChange.Edit);
        var shown = PageNotification.Of(new PeerEvent.MessageReceived(FromBob), Find);

        Assert.Equal(
            shown! with
            {
                Text = "later",
            },
            PageNotification.OfEdited(edit, Find, _ => throw new NotSupportedException())
        );
        Assert.Null(
            PageNotification.OfEdited(Changed(MessageChange.Edit), Find, _ => throw new NotSupportedException())
        );
    }

    private static Message FromBob => Own with { From = Bob, Text = "soon", Reactions = [] };

    private static Message Own { get; } =
        new(Guid.Empty, 1, Alice, Bob, "at ||eight||", DateTimeOffset.UnixEpoch, MessageState.Delivered)
        {
            Reactions = [new MessageReaction(Bob, "👍")],
        };

    private static Person Find(Username name) => new(name);

    private static PeerEvent.MessageChanged Changed(MessageChange change) => new(Own, Bob, change);
}
