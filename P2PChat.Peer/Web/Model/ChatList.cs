namespace P2PChat.Peer.Web.Model;

/// <summary>A row of the list: a conversation or a room.</summary>
internal sealed record ChatEntry(Person? Person, PageRoom? Room)
{
    /// <summary>Names the row.</summary>
    public string Key => Person is null ? Room!.Path : $"c/{Person.Name}";
}

/// <summary>The conversations and rooms in the sidebar, in order.</summary>
/// <param name="Rows">Pinned ones, then the others, then archived ones if they are shown.</param>
/// <param name="ArchivedCount">Archived conversations that match the filter.</param>
/// <param name="ShowsArchived">Whether the archived conversations are among the rows.</param>
internal sealed record ChatList(IReadOnlyList<ChatEntry> Rows, int ArchivedCount, bool ShowsArchived)
{
    public static readonly ChatList Empty = new([], 0, ShowsArchived: false);

    /// <summary>The first archived row; null if none is shown.</summary>
    public ChatEntry? FirstArchived => ShowsArchived && ArchivedCount > 0 ? Rows[^ArchivedCount] : null;

    /// <summary>Whether there is a conversation, a room or an invitation to one.</summary>
    public static bool HasAny(ChatPageModel page)
    {
        ArgumentNullException.ThrowIfNull(page);
        return page.Rooms.All.Count > 0 || page.People.Any(person => person.IsInSidebar);
    }

    /// <param name="people">Everyone, sorted by their newest message.</param>
    /// <param name="rooms">The latest first.</param>
    /// <param name="filter">
    /// A part of the username, the nickname or the name of a room. Also shows archived conversations.
    /// </param>
    public static ChatList Of(
        IReadOnlyList<Person> people,
        IReadOnlyList<PageRoom> rooms,
        string filter,
        bool showsArchived
    )
    {
        ArgumentNullException.ThrowIfNull(people);
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(filter);
        var typed = filter.Trim();
        var shows = showsArchived || typed.Length > 0;
        var matches = people.Where(person => person.IsInSidebar && Finder.Matches(person, typed)).ToList();
        var archived = matches.Where(person => person.Marks.Archived).ToList();
        var pinned = matches.Where(person => person.Marks is { Archived: false, Pinned: true });
        var others = matches.Where(person => person.Marks is { Archived: false, Pinned: false }).ToList();
        return new ChatList(
            [
                .. pinned.Select(Entry),
                .. Merge(others, [.. rooms.Where(room => Finder.Matches(room, typed))]),
                .. (shows ? archived : []).Select(Entry),
            ],
            archived.Count,
            shows
        );
    }

    /// <summary>Places rooms among people. The order of people is that of arrival, whatever their clocks say.</summary>
    /// <param name="people">Sorted by their newest message.</param>
    /// <param name="rooms">The latest first.</param>
    public static IEnumerable<ChatEntry> Merge(IReadOnlyList<Person> people, IReadOnlyList<PageRoom> rooms)
    {
        var times = new DateTimeOffset[people.Count];
        for (var i = people.Count - 1; i >= 0; i--)
        {
            var sentAt = people[i].LastMessage?.SentAt ?? DateTimeOffset.MinValue;
            times[i] = i + 1 < people.Count && times[i + 1] > sentAt ? times[i + 1] : sentAt;
        }

        for (int i = 0, j = 0; i < people.Count || j < rooms.Count; )
        {
            yield return j == rooms.Count || (i < people.Count && times[i] >= rooms[j].At)
                ? Entry(people[i++])
                : new ChatEntry(null, rooms[j++]);
        }
    }

    private static ChatEntry Entry(Person person) => new(person, null);

    /// <summary>Returns the classes by which the chat menu decides which items to show.</summary>
    public static string ClassesOf(Person person)
    {
        ArgumentNullException.ThrowIfNull(person);
        return string.Join(
            ' ',
            new[]
            {
                "chat",
                person.Marks.Pinned ? "pinned" : null,
                person.Marks.Muted ? "muted" : null,
                person.Marks.Archived ? "archived" : null,
                person.Unread > 0 ? "has-unread" : null,
            }.OfType<string>()
        );
    }
}
