using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Lets this peer talk to members of its rooms who are not contacts. A member gives its name itself, so the directory
/// must confirm that the name belongs to the member's key before anything is done under that name.
/// </summary>
internal sealed partial class RoomAcquaintances(
    RoomBook book,
    SessionTable sessions,
    SessionContext context,
    PeerLookup lookup,
    ILogger<RoomAcquaintances> logger
) : BackgroundService
{
    // A member that was away, or not registered yet, is looked up again.
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly ILogger<RoomAcquaintances> _logger = logger;
    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>The members of a room have changed. Call it without <see cref="RoomBook.Gate"/>.</summary>
    public void Update()
    {
        lock (book.Gate)
        {
            context.RoomMembers.All = book.Members.Keys.ToHashSet();
        }

        if (_changed.CurrentCount == 0)
        {
            try
            {
                _ = _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another call was faster.
            }
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        Update();
        try
        {
            while (true)
            {
                _ = await _changed.WaitAsync(Period, stoppingToken);
                await MeetAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<PeerId, Username?> members;
        lock (book.Gate)
        {
            members = book.Members;
        }

        try
        {
            PartFromOthers(members);
            foreach (var (key, name) in members)
            {
                if (name is { } given && IsWanted(key, given))
                {
                    await MeetAsync(key, given, cancellationToken);
                }
            }
        }
        catch (Exception exception) when (exception is PeerException or StoreException)
        {
            LogFailed(exception);
        }
    }

    private bool IsWanted(PeerId key, Username name) =>
        !context.Contacts.IsBlocked(name, key)
        && context.Contacts.Check(name, key) != Identity.PinCheck.Changed
        && SessionTable.Guard(() => context.Store.Conversations.AcceptedName(key)) is null
        && (sessions.Find(name) is not { } holder || holder.Remote == key);

    private async Task MeetAsync(PeerId key, Username name, CancellationToken cancellationToken)
    {
        try
        {
            if ((await lookup.FindAsync(name, cancellationToken)).PeerId == key)
            {
                sessions.Use(key, session => session.Dial.AcceptForRooms(name));
            }
        }
        catch (PeerException exception)
        {
            LogNotMet(exception.Error);
        }
    }

    // Whoever shares no room with this peer any more.
    private void PartFromOthers(IReadOnlyDictionary<PeerId, Username?> members)
    {
        foreach (var key in SessionTable.Guard(context.Store.Conversations.ForRooms))
        {
            if (!members.ContainsKey(key))
            {
                sessions.Use(key, session => !session.Rooms.IsForRooms || session.Lifecycle.RemoveContact());
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "A member of a room cannot be looked up: {Error}.")]
    private partial void LogNotMet(PeerError error);

    [LoggerMessage(LogLevel.Error, "Members of rooms cannot be read.")]
    private partial void LogFailed(Exception exception);
}
