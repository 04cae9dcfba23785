using System.Collections.Concurrent;
using System.Threading.Channels;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Holds what one open page shows of the peer, and keeps it up to date.</summary>
internal sealed partial class ChatPageModel(
    StatusService status,
    ConnectionService connections,
    MessageService messages,
    ContactService contacts,
    ProfileService profiles,
    ChatMarkService chatMarks,
    PageRooms rooms,
    EventLog events,
    LocalChanges changes,
    DirectoryList directory,
    PageTimeZone timeZone,
    TimeProvider timeProvider,
    ILogger<ChatPageModel> logger
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly PersonHints _hints = new(timeProvider);
    private readonly ConcurrentDictionary<Username, long> _readUpTo = new();

    // Taken before anything is read, so that no event is missed while the page opens.
    private readonly long _openedAt = events.Last;

    // Several tasks reload. An older state must not replace a newer one.
    private readonly Lock _reloading = new();

    // Holds at most one signal: any number of changes during a reload cause one more reload.
    private readonly Channel<bool> _localChanges = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private Task _running = Task.CompletedTask;
    private bool _isStarted;

    /// <summary>Raised on any thread when something that the page shows may have changed.</summary>
    public event Action? Changed;

    /// <summary>Raised on any thread, in order.</summary>
    public event Action<PeerEvent>? EventReceived;

    /// <summary>Raised on any thread when events were lost, so that what was read may be out of date.</summary>
    public event Action? EventsMissed;

    /// <summary>Raised on any thread after a message, or all of them if the id is null, has been deleted.</summary>
    public event Action<Username, MessageKey?>? Deleted;

    public PageTimeZone TimeZone => timeZone;

    public PeerStatus Status => status.Current;

    public Username Self { get; } = status.Current.Name;

    /// <summary>This user's profile.</summary>
    public ContactProfile Own => profiles.Own;

    public IReadOnlyList<PeerRequest> Requests => connections.Requests;

    /// <summary>Everyone else who is known, sorted by their newest message, then by name.</summary>
    public IReadOnlyList<Person> People { get; private set; } = [];

    public PageRooms Rooms => rooms;

    /// <summary>Why conversations cannot be read; null if they can.</summary>
    public string? StoreProblem { get; private set; }

    /// <summary>A problem with the directory or its list; null if there is none.</summary>
    public string? DirectoryProblem =>
        directory.Problem ?? (Status.Directory is not DirectoryState.Registering ? Status.DirectoryDetail : null);

    public bool IsDirectoryLoaded => directory.IsLoaded;

    /// <summary>
    /// The number of unread messages, except in muted conversations and as each room is set, and of requests and
    /// invitations.
    /// </summary>
    public int WaitingCount =>
        People.Where(person => !person.Marks.Muted).Sum(person => person.Unread) + Requests.Count + rooms.WaitingCount;

    /// <summary>Reads the peer's current state, without asking the directory.</summary>
    /// <param name="onlyRooms">Whether nothing else has changed.</param>
    public void Reload(bool onlyRooms = false)
    {
        lock (_reloading)
        {
            try
            {
                People = onlyRooms ? People : ReadPeople();
                rooms.Reload(onlyChanged: onlyRooms);
                StoreProblem = null;
            }
            catch (PeerException exception)
            {
                StoreProblem = exception.Message;
            }
        }
    }

    public Person Find(Username name) => People.FirstOrDefault(person => person.Name == name) ?? new Person(name);

    /// <summary>Marks all messages from a person as read.</summary>
    public void MarkRead(Username name)
    {
        // The store is updated a moment later.
        if (Find(name).LastMessage is { } last)
        {
            _readUpTo[name] = last.Position;
        }

        messages.MarkRead(name, null);
        Refresh();
    }

    /// <summary>Starts to follow events and changes, until the page is closed. Once is enough.</summary>
    public void Start()
    {
        if (_isStarted)
        {
            return;
        }

        _isStarted = true;
        changes.Changed += OnLocalChange;
        changes.MessagesDeleted += OnDeleted;
        _running = Task.WhenAll(Task.Run(FollowAsync), Task.Run(FollowLocalChangesAsync), Task.Run(PollDirectoryAsync));
    }

    /// <summary>Reloads and raises <see cref="Changed"/>. For changes made by the page itself.</summary>
    public void Refresh(bool onlyRooms = false)
    {
        Reload(onlyRooms);
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        changes.Changed -= OnLocalChange;
        changes.MessagesDeleted -= OnDeleted;
        await _closed.CancelAsync();
        await _running;
        _closed.Dispose();
    }

    private List<Person> ReadPeople()
    {
        var listed = directory.Peers.ToDictionary(peer => peer.Name);
        var known = contacts.All.ToDictionary(contact => contact.Name);
        var requests = connections.Requests.ToLookup(request => request.From);
        var conversations = messages.Conversations.ToDictionary(conversation => conversation.With);
        var marks = chatMarks.All;
        var newest = messages.NewestOf(conversations.Values);
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
            var mark = marks.GetValueOrDefault(name, ChatMarks.None);
            var key = contact?.PeerId ?? peer?.PeerId;
            var person = new Person(name)
            {
                Nickname = contact?.Nickname,
                Profile = contact is not { Blocked: true } && key is { } profiled ? profiles.Of(profiled) : null,
                Hue = key is { } hued ? PersonHue.Of(hued) : PersonHue.Of(name),
                Online = peer is not null && directory.IsOnline(peer),
                LastSeen = peer?.LastSeen,
                Relation = connections.RelationTo(name),
                IsRequestWaiting = connections.IsWaiting(name),
                Path = connections.PathTo(name),
                Accepted = conversation?.Accepted ?? false,
                AcceptsMail = conversation is { Accepted: true } && messages.CanLeaveMail(name),
                VerifiedBy = contact?.VerifiedBy ?? default,
                JoinedByInvite = contact?.JoinedByInvite ?? false,
                Request = requests[name].FirstOrDefault(),
                OtherKeys = contact?.OtherKeys ?? [],
                Blocked = contact?.Blocked ?? false,
                LastMessage = newest.GetValueOrDefault(name),
                Unread =
                    conversation is null
                    || (mark.UnreadFrom is null && conversation.LastPosition <= _readUpTo.GetValueOrDefault(name))
                        ? 0
                        : conversation.Unread,
                Marks = mark,
                Undelivered = conversation?.Waiting ?? 0,
            };
            people.Add(_hints.Complete(person));
        }

        return
        [
            .. people
                .OrderByDescending(person => person.LastMessage?.Position ?? 0)
                .ThenBy(person => person.Name.Value, StringComparer.Ordinal),
        ];
    }

    private Task FollowAsync() =>
        RunUntilClosedAsync(async () =>
        {
            await foreach (var peerEvent in events.ReadAsync(_openedAt, _closed.Token))
            {
                if (peerEvent is null)
                {
                    Refresh();
                    EventsMissed?.Invoke();
                    continue;
                }

                if (peerEvent is PeerEvent.TransferChanged)
                {
                    // The progress of a file changes nothing else, and comes several times per second.
                    EventReceived?.Invoke(peerEvent);
                    continue;
                }

                Apply(peerEvent);
                // Members of a room can send these often, and they change nothing about contacts.
                Reload(onlyRooms: peerEvent is PeerEvent.RoomTyping or PeerEvent.RoomRead);
                EventReceived?.Invoke(peerEvent);
                Changed?.Invoke();
            }
        });

    private void OnDeleted(Username with, MessageKey? key)
    {
        if (key is null)
        {
            _hints.NoteDeleted(with);
            // Otherwise an open conversation would look for a moment as if nothing had ever been said.
            Reload();
        }

        Deleted?.Invoke(with, key);
    }

    private void OnLocalChange() => _ = _localChanges.Writer.TryWrite(true);

    private Task FollowLocalChangesAsync() =>
        RunUntilClosedAsync(async () =>
        {
            await foreach (var _ in _localChanges.Reader.ReadAllAsync(_closed.Token))
            {
                Refresh();
            }
        });

    private void Apply(PeerEvent peerEvent)
    {
        _hints.Apply(peerEvent);
        rooms.Apply(peerEvent);
        switch (peerEvent)
        {
            case PeerEvent.Typing { Active: true } or PeerEvent.RoomTyping { Active: true }:
                _ = ExpireTypingAsync(isInRoom: peerEvent is PeerEvent.RoomTyping);
                break;
            case PeerEvent.Disconnected { With: var name, Reason: DisconnectReason.WentOffline }:
                directory.MarkOffline(name);
                break;
            case PeerEvent.Connected { With: var name }:
                directory.MarkOnline(name);
                break;
            case PeerEvent.DirectoryChanged:
                _ = RefreshDirectoryAsync();
                break;
        }
    }

    private Task ExpireTypingAsync(bool isInRoom) =>
        RunUntilClosedAsync(async () =>
        {
            await Task.Delay(PeerEvent.Typing.Lasts, timeProvider, _closed.Token);
            Refresh(onlyRooms: isInRoom);
        });

    private Task PollDirectoryAsync() =>
        RunUntilClosedAsync(async () =>
        {
            using var timer = new PeriodicTimer(DirectoryList.RefreshInterval, timeProvider);
            do
            {
                await directory.RefreshAsync(force: false, _closed.Token);
                Refresh();
            } while (await timer.WaitForNextTickAsync(_closed.Token));
        });

    private Task RefreshDirectoryAsync() =>
        RunUntilClosedAsync(async () =>
        {
            await directory.RefreshAsync(force: true, _closed.Token);
            Refresh();
        });

    private async Task RunUntilClosedAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "Updating an open page failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
