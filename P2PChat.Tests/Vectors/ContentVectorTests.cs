using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Tests.Protocol.Content;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests messages with content with docs/vectors/content.json.</summary>
public sealed class ContentVectorTests
{
    public sealed record Vectors(
        IReadOnlyList<ContentVector> Contents,
        IReadOnlyList<ContentVector> Plain,
        EmojiVectors Emoji,
        IReadOnlyList<TextVector> Texts,
        IReadOnlyList<HistoryVector> Histories,
        IReadOnlyList<TimerVector> Timers
    );

    public sealed record ContentVector(
        string Name,
        string Hex,
        string? Kind,
        Guid Id,
        bool Yours = false,
        string? Emoji = null,
        uint Seconds = 0,
        FileVector? File = null
    )
    {
        public MessageContent? Content =>
            Kind switch
            {
                "reply" => new MessageContent.Reply(new MessageReference(Id, Yours)),
                "reaction" => new MessageContent.Reaction(new MessageReference(Id, Yours), Emoji!),
                "edit" => new MessageContent.Edit(Id),
                "delete" => new MessageContent.Delete(Id),
                "timer" => new MessageContent.Timer(Seconds, Id == Guid.Empty ? null : Id),
                "file" => new MessageContent.File(File!.Offer),
                _ => null,
            };
    }

    public sealed record FileVector(string Name, long Size, string Root, string MediaType, CopyVector? Copy = null)
    {
        internal FileOffer Offer => new(Name, Size, Convert.FromHexString(Root), MediaType) { Copy = Copy?.Parsed };
    }

    public sealed record CopyVector(string Id, string Key, string Digest)
    {
        internal SealedCopy Parsed =>
            new(Convert.FromHexString(Id), Convert.FromHexString(Key), Convert.FromHexString(Digest));
    }

    public sealed record EmojiVectors(IReadOnlyList<string> Valid, IReadOnlyList<string> Invalid);

    /// <param name="Of">The text of the message, the new text, or the text of the message that it is for.</param>
    public sealed record TextVector(string Content, string Of, string Text);

    /// <param name="Messages">In the order of sending. The order between the two sides does not matter.</param>
    public sealed record TimerVector(string Name, IReadOnlyList<TimerMessageVector> Messages, uint Seconds);

    public sealed record TimerMessageVector(string From, Guid Id, string Content);

    public sealed record HistoryVector(
        string Name,
        IReadOnlyList<MessageVector> Messages,
        IReadOnlyList<RowVector> Shows
    );

    public sealed record MessageVector(string From, Guid Id, long SentAt, string Text, string? Content)
    {
        internal HistoryMessage For(string side) =>
            new(
                Id,
                From == side,
                DateTimeOffset.FromUnixTimeMilliseconds(SentAt),
                Text,
                MessageContent.TryParse(Convert.FromHexString(Content ?? ""))
            );
    }

    public sealed record RowVector(
        string From,
        Guid Id,
        string Text,
        ReferenceVector? ReplyTo = null,
        long? EditedAt = null,
        bool Removed = false,
        IReadOnlyList<VersionVector>? Versions = null,
        IReadOnlyDictionary<string, string>? Reactions = null
    );

    public sealed record ReferenceVector(string From, Guid Id);

    public sealed record VersionVector(string Text, long SentAt);

    public static TheoryData<string> Histories => [.. Read().Histories.Select(vector => vector.Name)];

    [Fact]
    public void Content_matches_the_vectors() =>
        Assert.All(Read().Contents, vector =>
            Assert.Equal(vector.Content, MessageContent.TryParse(Convert.FromHexString(vector.Hex)))
        );

    [Fact]
    public void Content_that_cannot_be_used_is_ignored() =>
        Assert.All(Read().Plain, vector => Assert.Null(MessageContent.TryParse(Convert.FromHexString(vector.Hex))));

    [Fact]
    public void Emoji_match_the_vectors()
    {
        Assert.All(Read().Emoji.Valid, text => Assert.True(ContentRules.IsEmoji(text), text));
        Assert.All(Read().Emoji.Invalid, text => Assert.False(ContentRules.IsEmoji(text), text));
    }

    [Fact]
    public void Texts_match_the_vectors() =>
        Assert.All(Read().Texts, vector =>
            Assert.Equal(
                vector.Text,
                FallbackText.Of(MessageContent.TryParse(Convert.FromHexString(vector.Content)), vector.Of)
            )
        );

    [Fact]
    public void Timers_match_the_vectors_on_both_sides() =>
        Assert.All(Read().Timers, vector =>
            Assert.All(["alice", "bob"], (string side) =>
                Assert.Equal(
                    vector.Seconds,
                    vector
                        .Messages.Aggregate(default(ConversationTimer), (timer, message) =>
                            Apply(timer, message, isOwn: message.From == side)
                        )
                        .Seconds
                )
            )
        );

    [Theory]
    [MemberData(nameof(Histories))]
    public void History_matches_the_vector_on_both_sides(string name)
    {
        var vector = Read().Histories.Single(vector => vector.Name == name);
        foreach (var (side, other) in new[] { ("alice", "bob"), ("bob", "alice") })
        {
            var rows = new ContentHistory(vector.Messages.Select(message => message.For(side))).Rows;

            Assert.Equal(vector.Shows.Count, rows.Count);
            Assert.All(vector.Shows.Zip(rows), pair => AssertShows(pair.First, pair.Second, side, other));
        }
    }

    private static ConversationTimer Apply(ConversationTimer timer, TimerMessageVector message, bool isOwn)
    {
        var content = MessageContent.TryParse(Convert.FromHexString(message.Content));
        return isOwn ? timer.Sent(message.Id, content) : timer.Received(message.Id, content);
    }

    private static void AssertShows(RowVector expected, HistoryRow row, string side, string other)
    {
        Assert.Equal(
            (expected.From == side, expected.Id, expected.Text, expected.EditedAt, expected.Removed),
            (row.IsOwn, row.Id, row.Text, row.EditedAt?.ToUnixTimeMilliseconds(), row.IsRemoved)
        );
        MessageReference? replyTo = expected.ReplyTo is { } to
            ? new MessageReference(to.Id, Yours: to.From != expected.From)
            : null;
        Assert.Equal(replyTo, row.ReplyTo);
        Assert.Equal(expected.Reactions?.GetValueOrDefault(side) ?? "", row.OwnReaction);
        Assert.Equal(expected.Reactions?.GetValueOrDefault(other) ?? "", row.TheirReaction);
        Assert.Equal(
            expected.Versions?.Select(version => (version.Text, version.SentAt)) ?? [],
            row.Versions.Select(version => (version.Text, version.SentAt.ToUnixTimeMilliseconds()))
        );
    }

    private static Vectors Read() => VectorFile.Read<Vectors>("content.json");
}
