using System.Collections.Concurrent;
using System.Threading.Channels;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>What one open page sees of the peer, kept up to date.</summary>
internal sealed partial class ChatPageModel(
    StatusService status,
    ConnectionService connections,
    MessageService messages,
    ContactService contacts,
    EventLog events,
    LocalChanges changes,
    DirectoryList directory,
    DayNames days,
    TimeProvider time,
    ILogger<ChatPageModel> logger
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentDictionary<Username, long> _typing = new();
    private readonly ConcurrentDictionary<Username, bool> _away = new();
    private readonly ConcurrentDictionary<Username, long> _seen = new();

    // Before anything is looked at: what happens from then on is followed, however long the page takes to open.
    private readonly long _openedAt = events.Last;

    // However much is done elsewhere while this page looks, it looks once more.
    private readonly Channel<bool> _acts = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private Task _running = Task.CompletedTask;

    /// <summary>Something that the page shows may have changed. Called on any thread.</summary>
    public event Action? Changed;

    /// <summary>Something has happened. Called on any thread, in order.</summary>
    public event Action<PeerEvent>? Happened;

    /// <summary>Raised on any thread after a message, or all if the id is null, was deleted here or elsewhere.</summary>
    public event Action<Username, Guid?>? Deleted;

    public DayNames Days => days;

    public PeerStatus Status => status.Current;

    public Username Self { get; } = status.Current.Name;

    public IReadOnlyList<PeerRequest> Requests => connections.Requests;

    /// <summary>Everybody that is known of but oneself: who wrote last first, then by name.</summary>
    public IReadOnlyList<Person> People { get; private set; } = [];

    /// <summary>A sentence on why conversations cannot be read; null if they can.</summary>
    public string? StoreTrouble { get; private set; }

    /// <summary>A sentence about a problem with the directory or its list of people; null if there is none.</summary>
    public string? DirectoryTrouble =>
        directory.Trouble ?? (Status.Directory is not DirectoryState.Registering ? Status.DirectoryDetail : null);

    public bool IsDirectoryKnown => directory.IsKnown;

    public int Unread => People.Sum(person => person.Unread);

    /// <summary>Reads what is known without asking anybody.</summary>
    public void Look()
    {
        try
        {
            People = ReadPeople();
            StoreTrouble = null;
        }
        catch (PeerException e)
        {
            StoreTrouble = e.Message;
        }
    }

    public Person Find(Username name) => People.FirstOrDefault(person => person.Name == name) ?? new Person(name);

    /// <summary>The person has seen all that has come from somebody.</summary>
    public void Read(Username name)
    {
        // The store has it a moment later.
        if (Find(name).Last is { } last)
        {
            _seen[name] = last.Position;
        }

        messages.MarkRead(name, null);
        Look();
        Tell();
    }

    /// <summary>Begins to follow what happens, until the page is closed.</summary>
    public void Open()
    {
        changes.Changed += OnActed;
        changes.MessagesDeleted += OnDeleted;
        _running = Task.WhenAll(Task.Run(FollowAsync), Task.Run(FollowActsAsync), Task.Run(AskDirectoryAsync));
    }

    /// <summary>Something was changed by the page itself.</summary>
    public void Touch()
    {
        Look();
        Tell();
    }

    public async ValueTask DisposeAsync()
    {
        changes.Changed -= OnActed;
        changes.MessagesDeleted -= OnDeleted;
        await _closed.CancelAsync();
        await _running;
        _closed.Dispose();
    }

    private List<Person> ReadPeople()
    {
        var listed = directory.Peers.ToDictionary(peer => peer.Name);
        var known = contacts.All.ToDictionary(contact => contact.Name);
        var asking = connections.Requests.ToLookup(request => request.From, request => request.Key.Short);
        var conversations = messages.Conversations.ToDictionary(conversation => conversation.With);
        var people = new List<Person>();
        foreach (
            var name in listed
                .Keys.Concat(known.Keys)
                .Concat(conversations.Keys)
                .Concat(connections.ActivePeers)
                .Distinct()
                .Where(name => name != Self)
        )
        {
            var peer = listed.GetValueOrDefault(name);
            var contact = known.GetValueOrDefault(name);
            var conversation = conversations.GetValueOrDefault(name);
            people.Add(
                new Person(name)
                {
                    Nickname = contact?.Nickname,
                    Online = peer is not null && directory.IsOnline(peer),
                    LastSeen = peer?.LastSeen,
                    Relation = connections.RelationTo(name),
                    Accepted = conversation?.Accepted ?? false,
                    CanBeLeftMail = conversation is { Accepted: true } && messages.CanLeaveMail(name),
                    Verified = contact?.Verified ?? false,
                    AskingKey = asking[name].FirstOrDefault(),
                    OtherKeys = contact?.OtherKeys ?? [],
                    Blocked = contact?.Blocked ?? false,
                    Away = _away.ContainsKey(name),
                    Typing =
                        _typing.TryGetValue(name, out var since) && time.GetElapsedTime(since) < PeerEvent.Typing.Lasts,
                    Last =
                        conversation is { LastPosition: > 0 }
                        && messages.Page(name, null, null, 1).Messages is [var last]
                            ? last
                            : null,
                    Unread =
                        conversation is null || conversation.LastPosition <= _seen.GetValueOrDefault(name)
                            ? 0
                            : conversation.Unread,
                    Waiting = conversation?.Waiting ?? 0,
                }
            );
        }

        return
        [
            .. people
                .OrderByDescending(person => person.Last?.Position ?? 0)
                .ThenBy(person => person.Name.Value, StringComparer.Ordinal),
        ];
    }

    private Task FollowAsync() =>
        UntilClosedAsync(async () =>
        {
            await foreach (var @event in events.ReadAsync(_openedAt, _closed.Token))
            {
                if (@event is null)
                {
                    Touch();
                    continue;
                }

                Note(@event);
                Look();
                Happened?.Invoke(@event);
                Tell();
            }
        });

    private void OnDeleted(Username with, Guid? id) => Deleted?.Invoke(with, id);

    private void OnActed() => _ = _acts.Writer.TryWrite(true);

    private Task FollowActsAsync() =>
        UntilClosedAsync(async () =>
        {
            await foreach (var _ in _acts.Reader.ReadAllAsync(_closed.Token))
            {
                Touch();
            }
        });

    private void Note(PeerEvent @event)
    {
        switch (@event)
        {
            case PeerEvent.Typing { From: var name, Active: true }:
                _typing[name] = time.GetTimestamp();
                _ = ForgetTypingAsync();
                break;
            case PeerEvent.Typing { From: var name }:
                _ = _typing.TryRemove(name, out _);
                break;
            case PeerEvent.MessageReceived { Message: var message }:
                _ = _typing.TryRemove(message.With, out _);
                break;
            case PeerEvent.Presence { Of: var name, Away: true }:
                _away[name] = true;
                break;
            case PeerEvent.Presence { Of: var name }:
                _ = _away.TryRemove(name, out _);
                break;
            case PeerEvent.Disconnected { With: var name, Reason: var reason }:
                _ = _typing.TryRemove(name, out _);
                _ = _away.TryRemove(name, out _);
                if (reason == DisconnectReason.WentOffline)
                {
                    directory.Left(name);
                }

                break;
            case PeerEvent.Connected { With: var name }:
                directory.Came(name);
                break;
            case PeerEvent.DirectoryChanged:
                _ = AskDirectoryNowAsync();
                break;
        }
    }

    private Task ForgetTypingAsync() =>
        UntilClosedAsync(async () =>
        {
            await Task.Delay(PeerEvent.Typing.Lasts, time, _closed.Token);
            Touch();
        });

    private Task AskDirectoryAsync() =>
        UntilClosedAsync(async () =>
        {
            using var timer = new PeriodicTimer(DirectoryList.AskedEvery, time);
            do
            {
                await directory.RefreshAsync(anew: false, _closed.Token);
                Touch();
            } while (await timer.WaitForNextTickAsync(_closed.Token));
        });

    private Task AskDirectoryNowAsync() =>
        UntilClosedAsync(async () =>
        {
            await directory.RefreshAsync(anew: true, _closed.Token);
            Touch();
        });

    private async Task UntilClosedAsync(Func<Task> follow)
    {
        try
        {
            await follow();
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

    [LoggerMessage(LogLevel.Error, "A page is no longer kept up to date, by a fault of this peer's own.")]
    private partial void LogFailed(Exception exception);
}
