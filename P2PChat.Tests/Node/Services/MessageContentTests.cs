using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Replies, reactions, edits and deletes between two peers on a link.</summary>
public sealed class MessageContentTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_kind_reaches_the_other_side(bool isEphemeral)
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(isEphemeral ? "alice" : "anna", data, isEphemeral);
        await using var bob = await StartAsync(isEphemeral ? "bob" : "bill", data, isEphemeral);
        await alice.ConnectAsync(bob);
        var question = alice.Messages.Send(bob.Name, "a question");
        _ = await bob.Expect<PeerEvent.MessageReceived>();

        var answer = await bob.Messages.ReplyAsync(alice.Name, "an answer", question.Id);
        var quote = new MessageQuote(question.Id, alice.Name, "a question", IsDeleted: false);
        Assert.Equal(quote, answer.ReplyTo);
        Assert.Equal(quote, (await alice.Expect<PeerEvent.MessageReceived>()).Message.ReplyTo);

        Assert.Equal(
            [new MessageReaction(bob.Name, "👍")],
            (await bob.Messages.ReactAsync(alice.Name, question.Id, "👍")).Reactions
        );
        var reacted = await alice.Expect<PeerEvent.MessageChanged>();
        Assert.Equal((MessageChange.Reaction, bob.Name, question.Id), Of(reacted));
        Assert.Equal([new MessageReaction(bob.Name, "👍")], reacted.Message.Reactions);
        Assert.Equal((MessageChange.Reaction, bob.Name, question.Id), Of(await bob.Expect<PeerEvent.MessageChanged>()));

        Assert.Equal(
            "a better question",
            (await alice.Messages.EditAsync(bob.Name, question.Id, "a better question")).Text
        );
        var edited = await bob.Expect<PeerEvent.MessageChanged>();
        Assert.Equal((MessageChange.Edit, alice.Name, question.Id), Of(edited));
        Assert.Equal("a better question", edited.Message.Text);
        Assert.NotNull(edited.Message.EditedAt);
        Assert.Equal("a better question", Single(bob, alice.Name, answer.Id).ReplyTo!.Text);
        Assert.Equal(["a question"], bob.Messages.InfoOf(alice.Name, question.Id).Versions.Select(one => one.Text));

        _ = await bob.Messages.ReactAsync(alice.Name, question.Id, emoji: null);
        _ = await alice.Expect<PeerEvent.MessageChanged>(changed =>
            changed.By == bob.Name && changed.Message.Reactions.Count == 0
        );

        Assert.True((await alice.Messages.RemoveForAllAsync(bob.Name, question.Id)).IsRemoved);
        var removed = await bob.Expect<PeerEvent.MessageChanged>(changed => changed.Change == MessageChange.Delete);
        Assert.Equal(("", true), (removed.Message.Text, removed.Message.IsRemoved));
        Assert.True(Single(alice, bob.Name, answer.Id).ReplyTo!.IsDeleted);
        Assert.Empty(bob.Messages.Search("question", null, 10).Messages);
        Assert.Empty(alice.Messages.Search("question", null, 10).Messages);

        // Both have the same two messages, and nothing else was announced as one.
        foreach (var (peer, other) in new[] { (alice, bob.Name), (bob, alice.Name) })
        {
            Assert.Equal(["", "an answer"], peer.Messages.Page(other, null, null, 10).Messages.Select(one => one.Text));
            Assert.DoesNotContain(peer.Rest(), @event => @event is PeerEvent.MessageReceived);
        }

        await Eventually.True(
            () => alice.Messages.InfoOf(bob.Name, question.Id).Changes[0].State == MessageState.Delivered,
            PeerUnderTest.Soon,
            "the delete is delivered"
        );
        Assert.All(alice.Rest().OfType<PeerEvent.Receipt>(), receipt => Assert.Equal(question.Id, receipt.Id));
    }

    [Fact]
    public async Task Changes_are_delivered_in_order_with_messages()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        for (var i = 0; i < 20; i++)
        {
            var sent = await alice.Messages.SendAsync(bob.Name, $"{i}");
            _ = await alice.Messages.EditAsync(bob.Name, sent.Id, $"{i}, edited");
        }

        await Eventually.True(
            () => bob.Rest().Count(one => one is PeerEvent.MessageChanged) == 20,
            PeerUnderTest.Soon,
            "all has arrived"
        );
        Assert.Equal(
            Enumerable.Range(0, 20).SelectMany(i => new[] { $"{i}", $"{i}, edited" }),
            bob.Rest()
                .Select(one =>
                    one switch
                    {
                        PeerEvent.MessageReceived received => received.Message.Text,
                        PeerEvent.MessageChanged changed => changed.Message.Text,
                        _ => null,
                    }
                )
                .OfType<string>()
        );
    }

    [Fact]
    public async Task Disallowed_change_is_refused_with_a_message()
    {
        var clock = new SettableClock();
        // Its clock is wrong at the end, so the directory keeps its name until the lease ends.
        await using var alice = await PeerUnderTest.StartAsync(directory, "amy", timeProvider: clock);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        var ours = alice.Messages.Send(bob.Name, "ours");
        var theirs = bob.Messages.Send(alice.Name, "theirs");
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        var (messages, name, unknown) = (alice.Messages, bob.Name, Guid.CreateVersion7());

        await RefusedAsync(PeerError.UnknownMessage, () => messages.ReplyAsync(name, "text", unknown));
        await RefusedAsync(PeerError.UnknownMessage, () => messages.ReactAsync(name, unknown, "👍"));
        await RefusedAsync(PeerError.UnknownMessage, () => messages.EditAsync(name, unknown, "text"));
        await RefusedAsync(PeerError.UnknownMessage, () => messages.RemoveForAllAsync(name, unknown));
        await RefusedAsync(PeerError.UnknownMessage, () => Task.FromResult(messages.InfoOf(name, unknown)));
        await RefusedAsync(PeerError.NotYourMessage, () => messages.EditAsync(name, theirs.Id, "text"));
        await RefusedAsync(PeerError.NotYourMessage, () => messages.RemoveForAllAsync(name, theirs.Id));
        await RefusedAsync(PeerError.NotAnEmoji, () => messages.ReactAsync(name, theirs.Id, "👍👍"));
        await RefusedAsync(PeerError.NotAnEmoji, () => messages.ReactAsync(name, theirs.Id, "ok"));
        await RefusedAsync(PeerError.NotAnEmoji, () => messages.ReactAsync(name, theirs.Id, ""));
        await RefusedAsync(PeerError.BadText, () => messages.EditAsync(name, ours.Id, ""));
        var longest = new string('x', 65_528);
        await RefusedAsync(PeerError.BadText, () => messages.EditAsync(name, ours.Id, $"{longest}x"));
        Assert.Equal(longest, (await messages.EditAsync(name, ours.Id, longest)).Text);
        await RefusedAsync(PeerError.BadText, () => messages.ReplyAsync(name, "", ours.Id));
        await RefusedAsync(PeerError.ToOneself, () => messages.ReactAsync(alice.Name, ours.Id, "👍"));
        await RefusedAsync(PeerError.NotConnected, () => messages.ReactAsync(Username.Parse("carol"), ours.Id, "👍"));

        clock.PutForward(TimeSpan.FromHours(48) + TimeSpan.FromSeconds(1));
        await RefusedAsync(PeerError.NotEditable, () => messages.EditAsync(name, ours.Id, "too late"));
        Assert.True((await messages.RemoveForAllAsync(name, ours.Id)).IsRemoved);
        await RefusedAsync(PeerError.MessageDeleted, () => messages.EditAsync(name, ours.Id, "text"));
        await RefusedAsync(PeerError.MessageDeleted, () => messages.ReplyAsync(name, "text", ours.Id));
        await RefusedAsync(PeerError.MessageDeleted, () => messages.ReactAsync(name, ours.Id, "👍"));
    }

    [Fact]
    public async Task Repeated_call_changes_nothing_again()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        var (messages, name) = (alice.Messages, bob.Name);
        var sent = messages.Send(name, "one");

        for (var i = 0; i < 2; i++)
        {
            _ = await messages.ReactAsync(name, sent.Id, "👍");
            _ = await messages.EditAsync(name, sent.Id, "two");
        }

        Assert.Single(messages.InfoOf(name, sent.Id).Versions);
        Assert.Equal(2, messages.InfoOf(name, sent.Id).Changes.Count);
        var reply = await messages.ReplyAsync(name, "reply", sent.Id, "key");
        for (var i = 0; i < 2; i++)
        {
            _ = await messages.RemoveForAllAsync(name, sent.Id);
        }

        Assert.Equal(reply.Id, (await messages.ReplyAsync(name, "reply", sent.Id, "key")).Id);
        await RefusedAsync(PeerError.KeyReused, () => messages.ReplyAsync(name, "reply", reply.Id, "key"));
        await RefusedAsync(PeerError.KeyReused, () => messages.SendAsync(name, "reply", "key"));
        Assert.Equal(3, messages.InfoOf(name, sent.Id).Changes.Count);
        Assert.Equal(2, messages.Page(name, null, null, 10).Messages.Count);
    }

    [Fact]
    public async Task Change_that_has_failed_is_told_and_sent_again_when_repeated()
    {
        using var data = new TempDirectory();
        var (clock, name) = (new SettableClock(), Username.Parse("bodo"));
        Message one,
            two,
            theirs;
        await using (var alice = await StartAsync("alma", clock))
        {
            await using (var bob = await StartAsync("bodo"))
            {
                await alice.ConnectAsync(bob);
                (one, two) = (alice.Messages.Send(bob.Name, "one"), alice.Messages.Send(bob.Name, "two"));
                _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == two.Id);
                theirs = bob.Messages.Send(alice.Name, "theirs");
                _ = await alice.Expect<PeerEvent.Receipt>(receipt =>
                    receipt.Id == two.Id && receipt.State == MessageState.Delivered
                );
                _ = await alice.Expect<PeerEvent.MessageReceived>();
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            _ = await alice.Messages.EditAsync(name, one.Id, "deleted before it could arrive");
            var removed = await alice.Messages.RemoveForAllAsync(name, one.Id);
            Assert.Equal(MessageState.Queued, removed.ChangeState);
            _ = await alice.Messages.EditAsync(name, two.Id, "two, edited");
            _ = await alice.Messages.ReactAsync(name, theirs.Id, "👍");

            clock.LetPass(TimeSpan.FromDays(14));
            alice.Expire();
            (Guid, MessageChange)[] failed =
            [
                (one.Id, MessageChange.Delete),
                (two.Id, MessageChange.Edit),
                (theirs.Id, MessageChange.Reaction),
            ];
            foreach (var (id, change) in failed)
            {
                var receipt = await alice.Expect<PeerEvent.ChangeReceipt>(receipt => receipt.Id == id);
                Assert.Equal((change, true), (receipt.Change, MessageChanges.HasFailed(receipt.State)));
                var info = alice.Messages.InfoOf(name, id);
                Assert.Equal(receipt.State, info.Message.ChangeState);
                Assert.Equal(receipt.State, info.Changes[0].State);
            }

            Assert.DoesNotContain(alice.Rest(), @event => @event is PeerEvent.ChangeReceipt);
            await RefusedAsync(PeerError.NotEditable, () => alice.Messages.EditAsync(name, two.Id, "two, edited"));
            for (var i = 0; i < 2; i++)
            {
                removed = await alice.Messages.RemoveForAllAsync(name, one.Id);
                Assert.Equal((true, MessageState.Queued), (removed.IsRemoved, removed.ChangeState));
                var reacted = await alice.Messages.ReactAsync(name, theirs.Id, "👍");
                Assert.Equal(MessageState.Queued, reacted.ChangeState);
            }

            Assert.Equal(3, alice.Messages.InfoOf(name, one.Id).Changes.Count);
            Assert.Equal(2, alice.Messages.InfoOf(name, theirs.Id).Changes.Count);
        }

        await using var again = await StartAsync("alma");
        await using var back = await StartAsync("bodo");
        foreach (var id in new[] { one.Id, theirs.Id })
        {
            var arrived = await again.Expect<PeerEvent.ChangeReceipt>(receipt => receipt.Id == id);
            Assert.Equal(MessageState.Delivered, arrived.State);
            Assert.Equal(MessageState.Delivered, again.Messages.InfoOf(name, id).Message.ChangeState);
        }

        var shown = back.Messages.Page(again.Name, null, null, 10).Messages;
        Assert.Equal(["", "two", "theirs"], shown.Select(message => message.Text));
        Assert.Equal([new MessageReaction(again.Name, "👍")], shown[2].Reactions);

        Task<PeerUnderTest> StartAsync(string peer, TimeProvider? timeProvider = null) =>
            PeerUnderTest.StartAsync(
                directory,
                peer,
                options => (options.Ephemeral, options.Data) = (false, Path.Combine(data.Path, peer)),
                timeProvider: timeProvider
            );
    }

    private static (MessageChange, Username, Guid) Of(PeerEvent.MessageChanged changed) =>
        (changed.Change, changed.By, changed.Message.Id);

    private static Message Single(PeerUnderTest peer, Username with, Guid id) =>
        peer.Messages.Page(with, null, null, 100).Messages.Single(message => message.Id == id);

    private static async Task RefusedAsync<T>(PeerError expected, Func<Task<T>> act)
    {
        var refusal = await Assert.ThrowsAsync<PeerException>(act);
        Assert.Equal(expected, refusal.Error);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
    }

    private Task<PeerUnderTest> StartAsync(string name, TempDirectory data, bool isEphemeral) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            options.Ephemeral = isEphemeral;
            options.Data = isEphemeral ? null : Path.Combine(data.Path, name);
        });
}
