using System.Text;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Storage;

/// <summary>A conversation of alice with bob in an open store, into which a test writes messages of both.</summary>
internal sealed class StoredContents : IDisposable
{
    public const ulong OurEpoch = 1000;
    public const ulong TheirEpoch = 5;

    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    public static readonly Username Alice = Username.Parse("alice");
    public static readonly Username Bob = Username.Parse("bob");
    public static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);

    private readonly TempDirectory _temporary = new();
    private OpenedStore _opened;
    private ConversationWriter _lane = null!;
    private ulong _ourNext = 1;
    private ulong _theirNext = 1;
    private long _committed;

    public StoredContents()
    {
        _opened = new OpenedStore(_temporary.Path);
        OpenLane();
        Add(new Change.Accepted(Bob));
    }

    public PeerStore Store => _opened.Store;

    public void Dispose()
    {
        _opened.Dispose();
        _temporary.Dispose();
    }

    /// <summary>Ends the process after all is written, and starts it again.</summary>
    public void Reopen()
    {
        _opened.Dispose();
        _opened = new OpenedStore(_temporary.Path);
        OpenLane();
    }

    public string FilePath => Path.Combine(_temporary.Path, StoreFile.FileName);

    public void Add(Change change, IdempotencyEntry? key = null) => _lane.Add(change, key);

    public StoredTimers Timers() => Store.Conversations.Load(BobsKey)!.Timers;

    /// <summary>Changes the store as only a fault would.</summary>
    public Task RunAsync(string sql) => Store.Writer.CallAsync(connection => connection.Run(sql));

    /// <summary>A message of alice; returns its id.</summary>
    public Guid Send(
        string text,
        MessageContent? content = null,
        DateTimeOffset? at = null,
        Guid? id = null,
        uint expiresAfter = 0
    )
    {
        var message = new OutgoingMessage(id ?? Guid.CreateVersion7(), text, at ?? Start)
        {
            Content = content,
            ExpiresAfter = expiresAfter,
        };
        Add(new Change.Queued(OurEpoch, _ourNext++, message, Sent: false));
        return message.Id;
    }

    /// <summary>A message of bob; returns its id.</summary>
    public Guid Receive(
        string text,
        MessageContent? content = null,
        DateTimeOffset? at = null,
        Guid? id = null,
        uint expiresAfter = 0
    )
    {
        var sequence = _theirNext++;
        var message = new IncomingMessage(
            id ?? Guid.CreateVersion7(),
            text,
            at ?? Start,
            traceParent: null,
            TheirEpoch,
            sequence
        )
        {
            Content = content,
            ExpiresAfter = expiresAfter,
        };
        Add(new Change.Received(TheirEpoch, _theirNext, [message]));
        return message.Id;
    }

    /// <summary>Edits a message of one side.</summary>
    public Guid Edit(Guid id, string text, bool ours, DateTimeOffset? at = null)
    {
        var content = new MessageContent.Edit(id);
        return ours
            ? Send(FallbackText.Of(content, text), content, at)
            : Receive(FallbackText.Of(content, text), content, at);
    }

    /// <summary>Bob acknowledges all messages of alice.</summary>
    public void Acknowledge() => Add(new Change.Acknowledged(OurEpoch, _ourNext, ItemChecksum.Start));

    /// <summary>Alice reads all messages of bob.</summary>
    public void Read() => Add(new Change.Read(TheirEpoch, _theirNext));

    /// <summary>Lets messages disappear whose time has run out.</summary>
    /// <returns>Those that were shown.</returns>
    public async Task<IReadOnlyList<Guid>> SweepAsync(TimeReading now, TimeSpan directoryAge = default)
    {
        await WrittenAsync();
        var erased = new List<Guid>();
        await Store.Disappearing.SweepAsync(
            () => new SweepTime(now, directoryAge),
            batch => erased.AddRange(batch.Select(message => message.Before!.Id))
        );
        return erased;
    }

    /// <summary>Whether the files of the store contain these bytes.</summary>
    public bool IsInFiles(string text) =>
        Directory
            .EnumerateFiles(_temporary.Path, $"{StoreFile.FileName}*")
            .Any(path =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var content = new MemoryStream();
                file.CopyTo(content);
                return content.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
            });

    /// <summary>The message that a message with content has stored or changed, as the session gets it.</summary>
    public async Task<Message?> StoredByAsync(Guid id)
    {
        await WrittenAsync();
        return _lane.FindStored(id);
    }

    public bool WasSeenBefore(Guid id) => _lane.WasSeenBefore(id);

    public IReadOnlyList<Message> Messages() => Store.AfterFlush().Page(Bob, null, null, 1000)!.Messages;

    public Message Message(Guid id) => Messages().Single(message => message.Id == id);

    public Message Message(Guid id, bool isOurs) =>
        Messages().Single(message => MessageKey.Of(message) == new MessageKey(isOurs, id));

    public IReadOnlyList<string> Found(string words) =>
        [.. Store.AfterIndexing().Search(words, null, 10).Messages.Select(message => message.Text)];

    public MessageInfo Info(Guid id) => Store.Details.InfoOf(Message(id));

    public IReadOnlyList<OutboxEntry> Outbox()
    {
        _ = Store.AfterFlush();
        return Store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox;
    }

    public ConversationOverview Overview()
    {
        _ = Store.AfterFlush();
        return Store.Overview.Read().Single();
    }

    /// <summary>All texts that a table of the store contains.</summary>
    public async Task<IReadOnlyList<string>> TextsOnDiskAsync()
    {
        await WrittenAsync();
        var texts = new List<string>();
        await Store.Writer.CallAsync(connection =>
            texts.AddRange(
                connection.List("SELECT text FROM messages UNION ALL SELECT text FROM versions", reader =>
                    reader.GetString(0)
                )
            )
        );
        return texts;
    }

    private Task WrittenAsync()
    {
        var ticket = _lane.LastTicket;
        return Eventually.True(
            () => Interlocked.Read(ref _committed) >= ticket,
            PeerUnderTest.Soon,
            "all is committed"
        );
    }

    private void OpenLane()
    {
        _committed = 0;
        _lane = new ConversationWriter(
            Store.Writer,
            BobsKey,
            OurEpoch,
            ticket =>
            {
                lock (_temporary)
                {
                    _committed = Math.Max(_committed, ticket);
                }
            },
            _ => { }
        );
    }
}
