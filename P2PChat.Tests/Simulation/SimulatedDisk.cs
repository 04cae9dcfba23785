using System.Text;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The real store of a simulated peer, in a file. It gets each change that <see cref="SimulatedStore"/> commits.
/// </summary>
internal sealed class SimulatedDisk : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly Username _self;
    private readonly Dictionary<PeerId, ConversationWriter> _writers = [];
    private OpenedStore _opened;
    private volatile StoreException? _failure;
    private int _copies;
    private int _restarts;

    /// <param name="folder">An empty folder.</param>
    public SimulatedDisk(string folder, Username self)
    {
        (_folder, _self) = (folder, self);
        _opened = Open();
    }

    private PeerStore Store => _opened.Store;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Changes with each commit.</summary>
    public long Version { get; private set; }

    public void Add(PeerId remote, ulong firstEpoch, Change change)
    {
        if (!_writers.TryGetValue(remote, out var writer))
        {
            writer = new ConversationWriter(
                Store.Writer,
                remote,
                firstEpoch,
                _ => { },
                exception => _failure = exception
            );
            _writers.Add(remote, writer);
        }

        _ = writer.Add(change, key: null);
        Version++;
    }

    /// <summary>Waits until all changes are committed.</summary>
    /// <exception cref="StoreException">One was not.</exception>
    public void Flush()
    {
        Store.Writer.Settle(Patience);
        if (_failure is { } failure)
        {
            throw failure;
        }
    }

    public SessionSnapshot? Load(PeerId remote) => Store.Conversations.Load(remote)?.Session;

    /// <summary>The timer as a start of the peer reads it.</summary>
    public ConversationTimer TimerWith(PeerId remote)
    {
        var timers = Store.Conversations.Load(remote)?.Timers ?? StoredTimers.None;
        return new ConversationTimer(
            timers.Ours.Where(ours => !timers.Missing.Contains(ours.Id)).Cast<SetTimer?>().LastOrDefault(),
            timers.Theirs
        );
    }

    public StoredRecall Recall(PeerId remote, SessionEffect.Recall asked, DateTimeOffset after) =>
        Run(Store.RecallAsync(remote, asked, after));

    public void Sweep(SweepTime time) => Run(Store.Disappearing.SweepAsync(() => time, _ => { }));

    public void DeleteHere(Username with, Guid? id) => _ = Run(Store.DeleteAsync(with, id));

    /// <summary>The messages whose time has not run out.</summary>
    public IReadOnlySet<(PeerId Remote, Guid Id, bool IsOwn)> Fading()
    {
        var all = new HashSet<(PeerId, Guid, bool)>();
        Run(
            Store.Writer.CallAsync(connection =>
                all.UnionWith(
                    connection.List(
                        """
                        SELECT p.peer_id, m.id, m.outgoing FROM disappearing d
                        JOIN messages m ON m.position = d.message JOIN peers p ON p.id = m.peer
                        """,
                        reader => (PeerId.FromHash(reader.GetBytes(0)), reader.GetMessageId(1), reader.GetInt64(2) != 0)
                    )
                )
            )
        );
        return all;
    }

    /// <summary>What the user sees of a conversation, by the id of the message.</summary>
    public IReadOnlyDictionary<(Guid Id, bool IsOwn), Message> Shown(Username with) =>
        (Store.Messages.Page(with, null, null, 10_000)?.Messages ?? []).ToDictionary(message =>
            (message.Id, message.From == _self)
        );

    public IReadOnlyList<Guid> Search(string word) =>
        [.. Store.AfterIndexing().Search(word, null, 100).Messages.Select(message => message.Id)];

    /// <summary>The words that are in the files of the store.</summary>
    public IReadOnlyList<string> InFiles(IReadOnlyCollection<string> words)
    {
        var files = Directory
            .EnumerateFiles(Data, $"{StoreFile.FileName}*")
            .Where(path => !path.EndsWith("-shm", StringComparison.Ordinal))
            .Select(path =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var content = new MemoryStream();
                file.CopyTo(content);
                return content.ToArray();
            })
            .ToList();
        return [.. words.Where(word => files.Any(file => file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0))];
    }

    /// <summary>For one fault, keeps a text as if it was an earlier version of a message.</summary>
    public void KeepVersion(Guid id, string text) =>
        Run(
            Store.Writer.CallAsync(connection =>
                connection.Run(
                    """
                    INSERT OR IGNORE INTO versions (message, number, sent_at, text)
                    SELECT position, 1, 0, $text FROM messages WHERE id = $id
                    """,
                    ("$id", id.ToByteArray(bigEndian: true)),
                    ("$text", text)
                )
            )
        );

    /// <summary>The process has ended. Opening the file again takes long, so mostly only the rows are read.</summary>
    public void Restart()
    {
        if (++_restarts % 4 > 0)
        {
            _writers.Clear();
            return;
        }

        _opened.Dispose();
        _opened = Open();
    }

    /// <returns>The path of the copy.</returns>
    public string Copy()
    {
        var path = Path.Combine(_folder, $"copy-{++_copies}");
        Run(Store.CopyAsync(path, CancellationToken.None));
        return path;
    }

    /// <summary>Replaces the file by a copy.</summary>
    public void Restore(string copy)
    {
        _opened.Dispose();
        foreach (var path in Directory.EnumerateFiles(Data, $"{StoreFile.FileName}*").ToList())
        {
            File.Delete(path);
        }

        File.Copy(copy, Path.Combine(Data, StoreFile.FileName));
        _opened = Open();
    }

    public void Dispose() => _opened.Dispose();

    private OpenedStore Open()
    {
        _writers.Clear();
        Version++;
        return new OpenedStore(Data, _self);
    }

    // Its thread does the work, and waits for nothing of the simulation.
    private static void Run(Task task) => task.GetAwaiter().GetResult();

    private static T Run<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
