using System.Buffers;
using Google.Protobuf;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>What a room's message means beyond its text. A message without content is a plain text.</summary>
public abstract record RoomContent
{
    private RoomContent() { }

    /// <summary>The text answers another message.</summary>
    public sealed record Reply(RoomEventId To) : RoomContent;

    /// <summary>The author's reaction to a message, which replaces an earlier one.</summary>
    /// <param name="Emoji">Empty to remove the reaction.</param>
    public sealed record Reaction(RoomEventId To, string Emoji) : RoomContent;

    /// <summary>The text replaces that of one of the author's messages.</summary>
    public sealed record Edit(RoomEventId Of) : RoomContent;

    /// <summary>Deletes one of the author's messages for everyone.</summary>
    public sealed record Delete(RoomEventId Of) : RoomContent;

    /// <returns>Null if it is invalid or of an unknown kind. The message then counts as a plain text.</returns>
    internal static RoomContent? TryParse(ByteString bytes)
    {
        if (bytes.Length is 0 or > MessageContent.MaxBytes)
        {
            return null;
        }

        var content = Protobuf.TryParse(
            EventContent.Parser,
            EventContent.Descriptor,
            new ReadOnlySequence<byte>(bytes.Memory)
        );
        return content switch
        {
            { Reply: { } reply } => IdOf(reply.Id) is { } id ? new Reply(id) : null,
            { Reaction: { } reaction } => IdOf(reaction.Id) is { } id
            && (reaction.Emoji.Length == 0 || ContentRules.IsEmoji(reaction.Emoji))
                ? new Reaction(id, reaction.Emoji)
                : null,
            { Edit: { } edit } => IdOf(edit.Id) is { } id ? new Edit(id) : null,
            { Delete: { } delete } => IdOf(delete.Id) is { } id ? new Delete(id) : null,
            _ => null,
        };
    }

    internal ByteString ToBytes() =>
        (
            this switch
            {
                Reply reply => new EventContent { Reply = Target(reply.To) },
                Reaction reaction => new EventContent
                {
                    Reaction = new EventContent.Types.Reaction
                    {
                        Id = ByteString.CopyFrom(reaction.To.ToBytes()),
                        Emoji = reaction.Emoji,
                    },
                },
                Edit edit => new EventContent { Edit = Target(edit.Of) },
                Delete delete => new EventContent { Delete = Target(delete.Of) },
                _ => throw new InvalidOperationException("The content's kind is unknown."),
            }
        ).ToByteString();

    private static EventContent.Types.Target Target(RoomEventId id) => new() { Id = ByteString.CopyFrom(id.ToBytes()) };

    private static RoomEventId? IdOf(ByteString id) => id.Length == RoomEventId.Size ? new RoomEventId(id.Span) : null;
}
