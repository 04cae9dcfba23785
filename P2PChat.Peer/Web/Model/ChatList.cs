namespace P2PChat.Peer.Web.Model;

/// <summary>The conversations in the sidebar, in order.</summary>
/// <param name="Rows">Pinned ones, then the others, then archived ones if they are shown.</param>
/// <param name="ArchivedCount">Archived conversations that match the filter.</param>
/// <param name="ShowsArchived">Whether the archived conversations are among the rows.</param>
internal sealed record ChatList(IReadOnlyList<Person> Rows, int ArchivedCount, bool ShowsArchived)
{
    public static readonly ChatList Empty = new([], 0, ShowsArchived: false);

    /// <summary>The first archived row; null if none is shown.</summary>
    public Person? FirstArchived => ShowsArchived && ArchivedCount > 0 ? Rows[^ArchivedCount] : null;

    /// <param name="people">Everyone, sorted by their newest message.</param>
    /// <param name="filter">A part of the username or nickname. Also shows archived conversations.</param>
    public static ChatList Of(IReadOnlyList<Person> people, string filter, bool showsArchived)
    {
        ArgumentNullException.ThrowIfNull(people);
        ArgumentNullException.ThrowIfNull(filter);
        var typed = filter.Trim();
        var shows = showsArchived || typed.Length > 0;
        var matches = people.Where(person => person.IsInSidebar && Finder.Matches(person, typed)).ToList();
        var archived = matches.Where(person => person.Marks.Archived).ToList();
        var others = matches.Where(person => !person.Marks.Archived).OrderByDescending(person => person.Marks.Pinned);
        return new ChatList([.. others, .. shows ? archived : []], archived.Count, shows);
    }

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
