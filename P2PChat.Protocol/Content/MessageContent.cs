using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;
using WireContent = P2PChat.Protocol.Wire.Content;

namespace P2PChat.Protocol.Content;

/// <summary>
/// The meaning of a message beyond its text (docs/protocol.md, section 20). A message without content is a plain
/// message.
/// </summary>
public abstract record MessageContent
{
    /// <summary>Maximum length of serialized content other than an offer or a <see cref="Room"/>, in bytes.</summary>
    public const int MaxBytes = 1024;

    /// <summary>Maximum length of a serialized offer of a file, which may have a preview.</summary>
    public const int MaxOfferBytes = 18 * 1024;

    // The event, and its tags and lengths.
    private const int MaxRoomBytes = RoomEvent.MaxBytes + 16;

    private const int IdLength = 16;

    private MessageContent() { }

    /// <summary>The message is a reply to another one.</summary>
    public sealed record Reply(MessageReference To) : MessageContent;

    /// <summary>The sender's reaction to a message, which replaces an earlier one.</summary>
    /// <param name="Emoji">Empty to remove the reaction.</param>
    public sealed record Reaction(MessageReference To, string Emoji) : MessageContent;

    /// <summary>The text replaces that of a message that the same side sent.</summary>
    public sealed record Edit(Guid Id) : MessageContent;

    /// <summary>Deletes, for everyone, a message that the same side sent.</summary>
    public sealed record Delete(Guid Id) : MessageContent;

    /// <summary>How long after reading the messages of both sides disappear from now on.</summary>
    /// <param name="Seconds">0 if they stay; otherwise within the limits of <see cref="TimerRules"/>.</param>
    /// <param name="After">The other side's last timer that its sender knew; null if none.</param>
    public sealed record Timer(uint Seconds, Guid? After) : MessageContent;

    /// <summary>The message offers a file (docs/protocol.md, section 23).</summary>
    public sealed record File(FileOffer Offer) : MessageContent;

    /// <summary>Carries an event of a room (docs/protocol.md, section 25). Never shown in the conversation.</summary>
    /// <param name="Event">A serialized event, which is not checked yet.</param>
    public sealed record Room(ReadOnlyMemory<byte> Event) : MessageContent
    {
        private StrongBox<RoomEventId>? _id;

        /// <summary>
        /// The id of the event; the default if it is not valid. Computed once, because each delete looks at all events
        /// that wait.
        /// </summary>
        public RoomEventId Id => (_id ??= new StrongBox<RoomEventId>(Read(Event.Span)?.Id ?? default)).Value;

        /// <summary>The same event without its body; null if it has none.</summary>
        public Room? WithoutBody() =>
            Read(Event.Span) is { Body: not null } parsed ? new Room(parsed.WithoutBody().ToBytes()) : null;

        public bool Equals(Room? other) => other is not null && Event.Span.SequenceEqual(other.Event.Span);

        public override int GetHashCode() => Event.Length;

        private static RoomEvent? Read(ReadOnlySpan<byte> bytes)
        {
            try
            {
                return RoomEvent.Parse(bytes);
            }
            catch (RoomException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether the message is shown in the history. All others only change a shown message.</summary>
    public static bool IsShown(MessageContent? content) => content is null or Reply or Timer or File;

    /// <summary>Whether it is a plain message, a reply or a file. They can be unread, and disappear.</summary>
    public static bool IsText(MessageContent? content) => content is null or Reply or File;

    /// <summary>The bytes of a message that are neither its text nor bounded by <see cref="MaxBytes"/>.</summary>
    public static int BytesBesides(MessageContent? content) =>
        content switch
        {
            File file => file.Offer.Preview.Length,
            Room room => room.Event.Length,
            _ => 0,
        };

    /// <summary>Reads serialized content from another peer.</summary>
    /// <returns>Null if it is invalid or of an unknown kind. The message is then a plain message.</returns>
    public static MessageContent? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxRoomBytes)
        {
            return null;
        }

        var content = Protobuf.TryParse(
            WireContent.Parser,
            WireContent.Descriptor,
            new ReadOnlySequence<byte>(bytes.ToArray())
        );
        return content switch
        {
            { Room: { } room } => room.Event.Length is > 0 and <= RoomEvent.MaxBytes
                ? new Room(room.Event.Memory)
                : null,
            _ when bytes.Length > MaxOfferBytes => null,
            { FileOffer: { } offer } => FileOffer.TryFrom(offer) is { } file ? new File(file) : null,
            _ when bytes.Length > MaxBytes => null,
            { Reply.To: { } to } => ReferenceOf(to) is { } target ? new Reply(target) : null,
            { Reaction: { To: { } to, Emoji: var emoji } } => ReferenceOf(to) is { } target
            && (emoji.Length == 0 || Content.Emoji.IsEmoji(emoji))
                ? new Reaction(target, emoji)
                : null,
            { Edit: { } edit } => IdOf(edit.Id) is { } id ? new Edit(id) : null,
            { Delete: { } delete } => IdOf(delete.Id) is { } id ? new Delete(id) : null,
            { Timer: { After.IsEmpty: true } timer } => new Timer(TimerRules.Clamp(timer.Seconds), After: null),
            { Timer: { } timer } => IdOf(timer.After) is { } id ? new Timer(TimerRules.Clamp(timer.Seconds), id) : null,
            _ => null,
        };
    }

    /// <summary>Serializes the content.</summary>
    public byte[] ToBytes() =>
        (
            this switch
            {
                Reply reply => new WireContent { Reply = new WireContent.Types.Reply { To = ToWire(reply.To) } },
                Reaction reaction => new WireContent
                {
                    Reaction = new WireContent.Types.Reaction { To = ToWire(reaction.To), Emoji = reaction.Emoji },
                },
                Edit edit => new WireContent { Edit = new WireContent.Types.Edit { Id = ToWire(edit.Id) } },
                Delete delete => new WireContent { Delete = new WireContent.Types.Delete { Id = ToWire(delete.Id) } },
                Timer timer => new WireContent
                {
                    Timer = new WireContent.Types.Timer
                    {
                        Seconds = timer.Seconds,
                        After = timer.After is { } after ? ToWire(after) : ByteString.Empty,
                    },
                },
                Room room => new WireContent
                {
                    Room = new WireContent.Types.Room { Event = UnsafeByteOperations.UnsafeWrap(room.Event) },
                },
                File file => new WireContent { FileOffer = file.Offer.ToWire() },
                _ => throw new InvalidOperationException("The content's kind is unknown."),
            }
        ).ToByteArray();

    private static MessageReference? ReferenceOf(WireContent.Types.Reference reference) =>
        IdOf(reference.Id) is { } id ? new MessageReference(id, reference.Yours) : null;

    private static Guid? IdOf(ByteString id) => id.Length == IdLength ? new Guid(id.Span, bigEndian: true) : null;

    private static WireContent.Types.Reference ToWire(MessageReference reference) =>
        new() { Id = ToWire(reference.Id), Yours = reference.Yours };

    private static ByteString ToWire(Guid id) => UnsafeByteOperations.UnsafeWrap(id.ToByteArray(bigEndian: true));
}
