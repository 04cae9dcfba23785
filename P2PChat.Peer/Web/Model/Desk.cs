using P2PChat.Peer.Chat;
using P2PChat.Peer.Console;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>What one open page sees of the peer, kept up to date. Its members are for the page's own thread of work.</summary>
internal sealed partial class Desk(
    PeerNode node, DirectoryList directory, UnreadCounts unread, DayNames days, TimeProvider time, ILogger<Desk> logger) : IAsyncDisposable
{
    private static readonly TimeSpan AskDirectoryEvery = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _closed = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Something that the page shows may have changed. Called on any thread.</summary>
    public event Action? Changed;

    /// <summary>Something has happened. Called on any thread, in order.</summary>
    public event Action<PeerEvent>? Happened;

    public PeerNode Node => node;

    public DayNames Days => days;

    public PeerStatus Status => node.Status;

    public Username Self { get; } = node.Status.Name;

    public IReadOnlyList<Username> Requests => node.OpenRequests;

    /// <summary>Everybody that is known of but oneself: who wrote last first, then by name.</summary>
    public IReadOnlyList<Person> People { get; private set; } = [];

    /// <summary>A sentence on why the list is old or missing; null if it is neither.</summary>
    public string? DirectoryTrouble => directory.Trouble;

    public bool IsDirectoryKnown => directory.IsKnown;

    public int Unread => People.Sum(person => person.Unread);

    /// <summary>Reads what is known without asking anybody.</summary>
    public void Look()
    {
        var people = directory.Peers
            .Where(peer => peer.Relation != Relation.Ourselves)
            .Select(peer => new Person(peer.Name, peer.Online, peer.LastSeen, node.RelationTo(peer.Name), LastWith(peer.Name), unread.Of(peer.Name)))
            .ToDictionary(person => person.Name);
        foreach (var name in node.KnownNames.Where(name => !people.ContainsKey(name)))
            people.Add(name, new Person(name, Online: node.RelationTo(name) == Relation.Connected, LastSeen: null, node.RelationTo(name), LastWith(name), unread.Of(name)));
        People = [.. people.Values.OrderByDescending(person => person.Last?.SentAt ?? DateTimeOffset.MinValue).ThenBy(person => person.Name.Value, StringComparer.Ordinal)];
    }

    public Person? Find(Username name) => People.FirstOrDefault(person => person.Name == name);

    public void Read(Username name)
    {
        unread.Read(name);
        Look();
        Changed?.Invoke();
    }

    /// <summary>Begins to follow what happens, until the page is closed.</summary>
    public void Open() => _running = Task.WhenAll(Task.Run(FollowAsync), Task.Run(AskDirectoryAsync));

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _running;
        _closed.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (var @event in NodeEvents.ReadAsync(node.Events, node.Events.Last, Tell, _closed.Token))
            {
                Look();
                Happened?.Invoke(@event);
                Tell();
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    private async Task AskDirectoryAsync()
    {
        using var timer = new PeriodicTimer(AskDirectoryEvery, time);
        try
        {
            do
            {
                await directory.RefreshAsync(_closed.Token);
                Look();
                Tell();
            }
            while (await timer.WaitForNextTickAsync(_closed.Token));
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    private void Tell() => Changed?.Invoke();

    private Message? LastWith(Username name) =>
        node.HasConversation(name) && node.Messages(name, null, null, 1).Messages is [var last] ? last : null;

    [LoggerMessage(LogLevel.Error, "A page is no longer kept up to date, by a fault of this peer's own.")]
    private partial void LogFailed(Exception exception);
}
