using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Sessions.Conversations;
using static P2PChat.Tests.Node.Storage.StoredContents;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Replies, reactions, edits and deletes in the store: their effects, and where they show.</summary>
public sealed class StoredContentTests : IDisposable
{
    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public void Quote_of_a_file_names_it()
    {
        var offer = new FileOffer("a~~b~~.jpg", 5, new byte[32], "image/jpeg");
        var content = new MessageContent.File(offer);
        var file = _stored.Receive(FallbackText.Of(content, ""), content);
        var text = _stored.Receive("2 is the first byte of this text");
        var replies = new[] { file, text }
            .Select(id => _stored.Send("a reply", new MessageContent.Reply(new MessageReference(id, Yours: true))))
            .ToList();

        Assert.Equal("a~~b~~.jpg", _stored.Message(replies[0]).ReplyTo!.File!.Name);
        Assert.Null(_stored.Message(replies[1]).ReplyTo!.File);
    }

    [Fact]
    public async Task Last_reaction_of_each_user_wins()
    {
        var (ours, theirs) = (_stored.Send("ours"), _stored.Receive("theirs"));
        _ = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: true), "👍"));
        _ = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(theirs, Yours: false), "😀"));
        _ = _stored.Send("r", new MessageContent.Reaction(new MessageReference(ours, Yours: false), "🎉"));
        var last = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: true), "❤️"));

        var changed = (await _stored.StoredByAsync(last))!;
        Assert.Equal([new MessageReaction(Bob, "❤️"), new MessageReaction(Alice, "🎉")], changed.Reactions);
        Assert.Equal(changed, _stored.Message(ours));
        Assert.Equal([new MessageReaction(Bob, "😀")], _stored.Message(theirs).Reactions);

        _ = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: true), ""));
        _ = _stored.Send("r", new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👀"));
        Assert.Equal([new MessageReaction(Alice, "🎉")], _stored.Message(ours).Reactions);
        Assert.Equal(2, _stored.Message(theirs).Reactions.Count);
    }

    [Fact]
    public void Edit_replaces_the_text_everywhere_and_keeps_a_version()
    {
        var theirs = _stored.Receive("first words");
        Assert.Equal(["first words"], _stored.Found("first"));
        _ = _stored.Edit(theirs, "second words", ours: false, Start.AddMinutes(1));
        _ = _stored.Edit(theirs, "Größe", ours: false, Start.AddMinutes(2));

        Assert.Equal(("Größe", Start.AddMinutes(2)), (_stored.Message(theirs).Text, _stored.Message(theirs).EditedAt));
        Assert.Equal(
            [new MessageVersion("first words", Start), new MessageVersion("second words", Start.AddMinutes(1))],
            _stored.Info(theirs).Versions
        );
        Assert.Empty(_stored.Found("words"));
        Assert.Equal(["Größe"], _stored.Found("grosse"));
    }

    [Fact]
    public async Task Edited_messages_are_indexed_in_batches_even_after_a_restart()
    {
        var ids = Enumerable.Range(0, SearchIndexer.EditedBatch + 1).Select(i => _stored.Receive($"old {i}")).ToList();
        Assert.Equal(10, _stored.Found("old").Count);
        foreach (var (i, id) in ids.Index())
        {
            _ = _stored.Edit(id, $"superseded {i}", ours: false);
            _ = _stored.Edit(id, $"new {i}", ours: false);
        }

        // Within the commits nothing is indexed, and a message waits once, however often it was edited.
        _ = await _stored.TextsOnDiskAsync();
        Assert.InRange(await UnindexedAsync(), 1, ids.Count);
        _stored.Reopen();

        Assert.Equal(["new 64"], _stored.Found("64"));
        Assert.Equal(0, await UnindexedAsync());
        Assert.Empty(_stored.Found("old"));
        Assert.Empty(_stored.Found("superseded"));

        async Task<long> UnindexedAsync()
        {
            var count = 0L;
            await _stored.Store.Writer.CallAsync(connection =>
                count = (long)connection.Scalar("SELECT count(*) FROM unindexed")!
            );
            return count;
        }
    }

    [Fact]
    public void Edit_of_a_message_that_is_not_indexed_yet_is_found_once()
    {
        var theirs = _stored.Receive("first words");
        _ = _stored.Edit(theirs, "second words", ours: false);

        Assert.Equal(["second words"], _stored.Found("words"));
        Assert.Empty(_stored.Found("first"));
    }

    [Fact]
    public async Task Invalid_edit_changes_nothing()
    {
        var (ours, theirs, hidden) = (_stored.Send("ours"), _stored.Receive("theirs"), _stored.Receive("hidden"));
        _ = _stored.Messages();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, hidden));

        Guid[] ignored =
        [
            // Of the other side's message, of an unknown one, without text, too late, of a deleted one.
            _stored.Edit(ours, "forged", ours: false),
            _stored.Edit(Guid.CreateVersion7(), "unknown", ours: false),
            _stored.Receive("edited: ", new MessageContent.Edit(theirs)),
            _stored.Edit(theirs, "late", ours: false, Start + ContentRules.EditLimit + TimeSpan.FromMilliseconds(1)),
            _stored.Edit(theirs, "early", ours: false, Start - ContentRules.EditLimit - TimeSpan.FromMilliseconds(1)),
            _stored.Edit(hidden, "hidden again", ours: false),
        ];
        foreach (var id in ignored)
        {
            Assert.Null(await _stored.StoredByAsync(id));
        }

        Assert.Equal(["ours", "theirs"], _stored.Messages().Select(message => message.Text));
        Assert.All(_stored.Messages(), message => Assert.Null(message.EditedAt));
        Assert.DoesNotContain(await _stored.TextsOnDiskAsync(), text => text.Contains("hidden"));

        _ = _stored.Edit(theirs, "in time", ours: false, Start + ContentRules.EditLimit);
        Assert.Equal("in time", _stored.Message(theirs).Text);
    }

    [Fact]
    public void Flood_of_edits_keeps_the_first_and_the_last_versions()
    {
        var theirs = _stored.Receive("0");
        for (var i = 1; i <= 100; i++)
        {
            _ = _stored.Edit(theirs, $"{i}", ours: false);
        }

        Assert.Equal("100", _stored.Message(theirs).Text);
        Assert.Equal(
            ["0", .. Enumerable.Range(80, 20).Select(i => $"{i}")],
            _stored.Info(theirs).Versions.Select(version => version.Text)
        );
    }

    [Fact]
    public async Task Delete_leaves_no_trace_of_the_text()
    {
        var theirs = _stored.Receive("unmistakable one");
        _ = _stored.Edit(theirs, "unmistakable two", ours: false);
        var reply = _stored.Send("a reply", new MessageContent.Reply(new MessageReference(theirs, Yours: true)));
        _ = _stored.Send("r", new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍"));
        Assert.Equal(["unmistakable two"], _stored.Found("unmistakable"));

        var delete = _stored.Receive(FallbackText.Deleted, new MessageContent.Delete(theirs));
        var removed = (await _stored.StoredByAsync(delete))!;
        Assert.Equal((theirs, "", true), (removed.Id, removed.Text, removed.IsRemoved));
        Assert.Empty(removed.Reactions);
        Assert.Null(removed.EditedAt);
        Assert.Equal(removed, _stored.Message(theirs));
        Assert.Equal(new MessageQuote(theirs, Bob, Text: null, IsDeleted: true), _stored.Message(reply).ReplyTo);
        Assert.Empty(_stored.Found("unmistakable"));
        Assert.Empty(_stored.Info(theirs).Versions);
        Assert.DoesNotContain(await _stored.TextsOnDiskAsync(), text => text.Contains("unmistakable"));

        // Nothing can be changed about it any more.
        _ = _stored.Edit(theirs, "unmistakable three", ours: false);
        _ = _stored.Send("r", new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍"));
        Assert.Null(await _stored.StoredByAsync(_stored.Receive("d", new MessageContent.Delete(theirs))));
        Assert.Equal(removed, _stored.Message(theirs));
        Assert.DoesNotContain(await _stored.TextsOnDiskAsync(), text => text.Contains("unmistakable"));
    }

    [Fact]
    public async Task Delete_of_a_foreign_or_unknown_message_is_ignored()
    {
        var ours = _stored.Send("ours");
        var reaction = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: true), "👍"));

        foreach (var id in (Guid[])[ours, reaction, Guid.CreateVersion7()])
        {
            Assert.Null(await _stored.StoredByAsync(_stored.Receive("d", new MessageContent.Delete(id))));
        }

        Assert.Equal("ours", Assert.Single(_stored.Messages()).Text);
        Assert.Single(_stored.Message(ours).Reactions);
    }

    [Fact]
    public async Task Quote_shows_the_message_as_it_is_now()
    {
        var (ours, theirs) = (_stored.Send("ours"), _stored.Receive("theirs " + new string('x', 300)));
        var one = _stored.Send("one", new MessageContent.Reply(new MessageReference(theirs, Yours: true)));
        var two = _stored.Receive("two", new MessageContent.Reply(new MessageReference(ours, Yours: true)));
        var unknown = Guid.CreateVersion7();
        var three = _stored.Receive("three", new MessageContent.Reply(new MessageReference(unknown, Yours: false)));

        var quote = _stored.Message(one).ReplyTo!;
        Assert.Equal((theirs, Bob, MessageQuote.MaxTextLength), (quote.Id, quote.From, quote.Text!.Length));
        Assert.Equal(new MessageQuote(ours, Alice, "ours", IsDeleted: false), _stored.Message(two).ReplyTo);
        Assert.Equal(new MessageQuote(unknown, Bob, null, IsDeleted: false), _stored.Message(three).ReplyTo);
        Assert.Equal("two", (await _stored.StoredByAsync(two))!.Text);

        _ = _stored.Edit(ours, "edited", ours: true);
        Assert.Equal("edited", _stored.Message(two).ReplyTo!.Text);
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, ours));
        Assert.Equal(new MessageQuote(ours, Alice, null, IsDeleted: true), _stored.Message(two).ReplyTo);
    }

    [Fact]
    public void Changes_are_not_shown_or_counted_and_do_not_unarchive()
    {
        var theirs = _stored.Receive("theirs");
        _stored.Add(new Change.Read(TheirEpoch, 2));
        _ = _stored.Messages();
        Assert.True(_stored.Store.Marks.Set(Bob, null, archived: true, null));
        var last = _stored.Overview().LastPosition;

        _ = _stored.Receive("reaction", new MessageContent.Reaction(new MessageReference(theirs, false), "👍"));
        _ = _stored.Edit(theirs, "changed", ours: false);
        _ = _stored.Receive("delete", new MessageContent.Delete(Guid.CreateVersion7()));
        _ = _stored.Send("reaction", new MessageContent.Reaction(new MessageReference(theirs, true), "👍"));

        Assert.Equal("changed", Assert.Single(_stored.Messages()).Text);
        Assert.Single(_stored.Store.Messages.All(Bob)!);
        var overview = _stored.Overview();
        Assert.Equal((last, 0, 0), (overview.LastPosition, overview.Unread, overview.Waiting));
        Assert.Empty(_stored.Found("reaction"));
        Assert.True(Assert.Single(_stored.Store.Marks.All()).Marks.Archived);
        Assert.Null(_stored.Store.Overview.FirstUnread(Bob));
    }

    [Fact]
    public void Deleted_message_is_no_longer_unread()
    {
        var (one, two) = (_stored.Receive("one"), _stored.Receive("two"));
        Assert.Equal((2, one), (_stored.Overview().Unread, _stored.Store.Overview.FirstUnread(Bob)));

        _ = _stored.Receive("d", new MessageContent.Delete(one));
        Assert.Equal((1, two), (_stored.Overview().Unread, _stored.Store.Overview.FirstUnread(Bob)));
        Assert.True(_stored.Store.Marks.MarkUnread(Bob, one));
        Assert.Equal((1, two), (_stored.Overview().Unread, _stored.Store.Overview.FirstUnread(Bob)));
    }

    [Fact]
    public async Task Change_that_arrives_again_is_applied_once()
    {
        var theirs = _stored.Receive("0");
        var first = _stored.Edit(theirs, "1", ours: false);
        _ = _stored.Edit(theirs, "2", ours: false);

        // As after a restore of the other side: the same id under another number.
        _ = _stored.Receive("edited: 1", new MessageContent.Edit(theirs), id: first);
        _ = await _stored.StoredByAsync(first);
        Assert.True(_stored.WasSeenBefore(first));
        Assert.Equal("2", _stored.Message(theirs).Text);

        // And as after a crash of this side, which had written it.
        _stored.Reopen();
        _ = _stored.Receive("edited: 1", new MessageContent.Edit(theirs), id: first);
        Assert.Null(await _stored.StoredByAsync(first));
        Assert.Equal(("2", 2), (_stored.Message(theirs).Text, _stored.Info(theirs).Versions.Count));
    }

    [Fact]
    public async Task Deleting_on_this_side_wipes_the_earlier_versions()
    {
        var (one, two) = (_stored.Receive("secret one"), _stored.Receive("secret two"));
        _ = _stored.Edit(one, "secret three", ours: false);
        _ = _stored.Edit(two, "secret four", ours: false);
        _ = _stored.Messages();

        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, one));
        Assert.Equal(["secret two", "secret four"], (await SecretsAsync()).OrderDescending());
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, id: null));
        Assert.Empty(await SecretsAsync());

        async Task<IEnumerable<string>> SecretsAsync() =>
            (await _stored.TextsOnDiskAsync()).Where(text => text.Contains("secret"));
    }

    [Fact]
    public void Messages_with_the_same_id_are_distinguished()
    {
        var ours = _stored.Send("ours");
        _ = _stored.Receive("theirs", id: ours);
        _ = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: false), "👍"));
        _ = _stored.Edit(ours, "edited", ours: false);

        _ = _stored.Messages();
        var found = _stored.Store.Details.Find(Bob, ours).Select(one => one.Message).OrderBy(one => one.Position);
        Assert.Equal([("ours", 0), ("edited", 1)], found.Select(message => (message.Text, message.Reactions.Count)));
    }

    [Fact]
    public void Times_are_known_for_messages_of_both_sides()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        var (one, theirs) = (_stored.Send("one"), _stored.Receive("theirs"));
        Assert.Null(_stored.Info(one).DeliveredAt);
        _stored.Acknowledge();
        _stored.Add(new Change.ReadByThem(OurEpoch, 2));
        var two = _stored.Send("two");
        _stored.Acknowledge();
        _ = _stored.Edit(one, "edited", ours: true);

        var (first, second, received) = (_stored.Info(one), _stored.Info(two), _stored.Info(theirs));
        Assert.InRange(first.DeliveredAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.InRange(first.ReadAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.InRange(second.DeliveredAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.Equal((null, null), (second.ReadAt, second.ReceivedAt));
        Assert.InRange(received.ReceivedAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.Equal((null, null), (received.DeliveredAt, received.ReadAt));
        Assert.Equal(
            new SentChange(MessageChange.Edit, Alice, Start, MessageState.Queued),
            Assert.Single(first.Changes)
        );
    }
}
