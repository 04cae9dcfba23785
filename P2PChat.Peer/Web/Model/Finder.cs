using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Web.Model;

/// <summary>Finds people, conversations and messages for the palette.</summary>
internal sealed class Finder(
    ChatPageModel page,
    MessageService messages,
    RoomSearchService rooms,
    TimeProvider timeProvider
)
{
    private const int MaxChats = 8;
    private const int MaxPeople = 5;
    private const int MaxMessages = 8;

    private const string MayBeOlder =
        "Nothing found in the newest messages. Search in the sidebar to go on to older ones.";

    /// <summary>Finds conversations and people by name; the latest conversations for an empty text.</summary>
    public FoundPeople People(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var typed = text.Trim();
        var matches = page.People.Where(person => Matches(person, typed)).ToList();
        // A name that begins with the text comes first; otherwise the order is that of the sidebar.
        var ordered = matches.OrderByDescending(person => Begins(person, typed)).ToList();
        var chats = ChatList.Merge(
            [.. matches.Where(person => person.IsInSidebar)],
            [.. page.Rooms.Listed.Where(room => Matches(room, typed))]
        );
        return new FoundPeople(
            [.. chats.OrderByDescending(chat => Begins(chat, typed)).Take(MaxChats).Select(Chat)],
            typed.Length == 0 ? [] : [.. ordered.Where(person => !person.IsInSidebar).Take(MaxPeople).Select(Chat)],
            [],
            IsRecent: typed.Length == 0,
            IsComplete: typed.Length == 0
        );
    }

    /// <summary>Finds the newest messages that contain all words. Takes up to a second in a large store.</summary>
    public FoundMessages Messages(string words, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(words);
        try
        {
            var search = new MessageSearch(words, messages, rooms, timeProvider);
            search.LoadMore(MaxMessages, cancellationToken);
            return new FoundMessages(
                [.. search.Found.Select(found => Found(found, words))],
                search is { Found.Count: 0, HasMore: true } ? MayBeOlder : null
            );
        }
        catch (OperationCanceledException)
        {
            return new FoundMessages([], Problem: null);
        }
        catch (PeerException exception)
        {
            return new FoundMessages([], exception.Message);
        }
    }

    /// <summary>Returns whether one of the person's names contains a text.</summary>
    public static bool Matches(Person person, string text)
    {
        ArgumentNullException.ThrowIfNull(person);
        return person.Name.Value.Contains(text, StringComparison.OrdinalIgnoreCase)
            || (person.Nickname?.Contains(text, StringComparison.CurrentCultureIgnoreCase) ?? false)
            || (person.Profile?.DisplayName?.Contains(text, StringComparison.CurrentCultureIgnoreCase) ?? false);
    }

    /// <summary>Returns whether the room's name contains a text, which may begin with a #.</summary>
    public static bool Matches(PageRoom room, string text)
    {
        ArgumentNullException.ThrowIfNull(room);
        return room.Name.Contains(text.TrimStart('#'), StringComparison.CurrentCultureIgnoreCase);
    }

    /// <summary>Returns the address of a message that a search has found.</summary>
    public static string HrefOf(FoundText found, string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var place = found switch
        {
            FoundText.InRoom { Message: var message } => $"{PageRoom.PathOf(message.Room.Id)}?at={message.Id}",
            FoundText.InConversation { Message: var message } => $"c/{message.With}?at={MessageKey.Of(message)}",
            _ => throw new ArgumentOutOfRangeException(nameof(found), found, "The kind of the result is unknown."),
        };
        return $"{place}&words={Uri.EscapeDataString(words)}";
    }

    /// <summary>The text of a message that a search has found.</summary>
    public static string TextOf(FoundText found) =>
        found switch
        {
            FoundText.InRoom { Message: var message } => message.Text,
            FoundText.InConversation { Message: var message } => FileLook.Searched(message),
            _ => "",
        };

    /// <summary>The person that wrote it, and where.</summary>
    public static string TitleOf(FoundText found, ChatPageModel page)
    {
        switch (found)
        {
            case FoundText.InRoom { Message: var message }:
                return $"{RoomFace.Of(message.From, page).Subject} in {message.Room.Name}";
            case FoundText.InConversation { Message: var message }:
                var name = page.Find(message.With).DisplayName;
                return message.From == page.Self ? $"You to {name}" : name;
            default:
                return "";
        }
    }

    /// <summary>The hue of the person that wrote it: see <see cref="PersonHue"/>.</summary>
    public static int HueOf(FoundText found, ChatPageModel page) =>
        found switch
        {
            FoundText.InRoom { Message: var message } => PersonHue.Of(message.From.Key),
            FoundText.InConversation { Message: var message } when message.From != page.Self => page.Find(
                message.With
            ).Hue,
            _ => PersonHue.Of(page.Status.PeerId),
        };

    private static bool Begins(Person person, string text) =>
        person.Name.Value.StartsWith(text, StringComparison.OrdinalIgnoreCase)
        || person.ShortName.StartsWith(text, StringComparison.CurrentCultureIgnoreCase);

    private static bool Begins(ChatEntry chat, string text) =>
        chat.Person is { } person
            ? Begins(person, text)
            : chat.Room!.Name.StartsWith(text.TrimStart('#'), StringComparison.CurrentCultureIgnoreCase);

    private FoundMessage Found(FoundText found, string words) =>
        new(
            HrefOf(found, words),
            TitleOf(found, page),
            found.SentAt ?? DateTimeOffset.UnixEpoch,
            Excerpt.Of(TextOf(found), words)
        );

    private static FoundChat Chat(ChatEntry chat) =>
        chat.Room is { } room
            ? new FoundChat(
                room.Path,
                room.Name,
                room.Members,
                "#",
                room.PictureAddress ?? "",
                room.Hue,
                "room",
                "room",
                room.View.Unread
            )
            : Chat(chat.Person!);

    private static FoundChat Chat(Person person) =>
        new(
            $"c/{person.Name}",
            person.ShortName,
            person.UsernameBeside ?? "",
            person.Initial,
            person.PictureAddress ?? "",
            person.Hue,
            person switch
            {
                { Blocked: true } => "",
                { IsConnected: true, Away: true } => "away",
                { IsConnected: true } or { Online: true } => "online",
                _ => "",
            },
            person.Presence,
            person.Unread
        );
}
