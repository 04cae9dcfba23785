using System.Text.Json;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Peer.Identity;

/// <summary>What a name's pin says about a key.</summary>
public enum PinCheck
{
    /// <summary>The two have never been connected.</summary>
    NotPinned,
    Same,

    /// <summary>The name was pinned to another key.</summary>
    Changed,
}

/// <summary>
/// Whom this peer has been connected to, and under which key; the newest record that it has seen of each name; and the
/// sequence of its own last record. Thread-safe.
/// </summary>
public sealed partial class Contacts
{
    private const string FileName = "contacts.json";

    // Names that were looked up and never connected to: enough for a large directory, bounded for a hostile one.
    private const int MaxStrangers = 10_000;

    private readonly Lock _gate = new();
    private readonly DataDirectory? _directory;
    private readonly ILogger<Contacts> _logger;
    private readonly Dictionary<Username, Pin> _pins = [];
    private readonly Dictionary<Username, ulong> _strangers = [];
    private readonly HashSet<Username> _changed = [];
    private ulong _ownSequence;

    /// <param name="directory">Null to keep all in memory.</param>
    /// <exception cref="PeerStartException">The file is damaged or cannot be read.</exception>
    public Contacts(DataDirectory? directory, ILogger<Contacts> logger)
    {
        _directory = directory;
        _logger = logger;
        if (directory?.Read(FileName) is { } json)
            Load(json, Path.Combine(directory.FullPath, FileName));
    }

    public PinCheck Check(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            if (!_pins.TryGetValue(name, out var pin))
                return PinCheck.NotPinned;
            if (pin.PeerId == peerId)
                return PinCheck.Same;
            _changed.Add(name);
            return PinCheck.Changed;
        }
    }

    /// <summary>
    /// Forgets a name's key, so that the next one that the directory bears out is pinned: only where another key has been
    /// seen since this peer started, for a trust given ahead would let in whoever comes first.
    /// </summary>
    /// <returns>What the pin was: forgotten is it where that is <see cref="PinCheck.Changed"/>.</returns>
    public PinCheck Trust(Username name)
    {
        lock (_gate)
        {
            if (!_pins.ContainsKey(name))
                return PinCheck.NotPinned;
            if (!_changed.Remove(name))
                return PinCheck.Same;
            _ = _pins.Remove(name);
            Save();
            return PinCheck.Changed;
        }
    }

    /// <summary>Remembers a name's key from the first connection on; a later one changes nothing.</summary>
    public void Remember(Username name, PeerId peerId)
    {
        lock (_gate)
        {
            if (_pins.ContainsKey(name))
                return;
            _ = _strangers.Remove(name, out var sequence);
            _pins.Add(name, new Pin(peerId, sequence));
            Save();
        }
    }

    /// <summary>Takes note of a record's sequence.</summary>
    /// <returns>False if a newer record of that name has been seen.</returns>
    public bool NoteSequence(Username name, ulong sequence)
    {
        lock (_gate)
        {
            if (_pins.TryGetValue(name, out var pin))
            {
                if (sequence <= pin.Sequence)
                    return sequence == pin.Sequence;
                _pins[name] = pin with { Sequence = sequence };
                Save();
                return true;
            }

            if (_strangers.TryGetValue(name, out var seen) && sequence < seen)
                return false;
            if (_strangers.Count >= MaxStrangers)
                _strangers.Clear();
            _strangers[name] = sequence;
            return true;
        }
    }

    /// <summary>The sequence for a record of this peer's own: above the last one, and not below the time.</summary>
    /// <param name="above">
    /// What the directory says that it has seen. Not believed where no directory could have taken it: one that lies would
    /// raise the sequence for good, beyond what any other takes.
    /// </param>
    public ulong NextOwnSequence(DateTimeOffset now, ulong above = 0)
    {
        if (above > (ulong)(now + 2 * SignedRecord.ClockSkew).ToUnixTimeMilliseconds())
            above = 0;
        lock (_gate)
        {
            _ownSequence = Math.Max(Math.Max(_ownSequence, above) + 1, (ulong)now.ToUnixTimeMilliseconds());
            Save();
            return _ownSequence;
        }
    }

    private void Load(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, ContactsJson.Default.ContactsFile)
                ?? throw new JsonException("The file is empty.");
            _ownSequence = content.OwnSequence;
            foreach (var (name, contact) in content.Peers)
                _pins.Add(Username.Parse(name), new Pin(PeerId.Parse(contact.PeerId), contact.Sequence));
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            // To go on without it would forget every pinned key, in silence.
            throw new PeerStartException($"{file} is damaged: restore it from a backup, or move it away to forget whom this peer knows.", e);
        }
    }

    private void Save()
    {
        if (_directory is null)
            return;

        var content = new ContactsFile(
            _ownSequence,
            _pins.ToDictionary(pin => pin.Key.Value, pin => new ContactEntry(pin.Value.PeerId.ToString(), pin.Value.Sequence)));
        try
        {
            _directory.Write(FileName, JsonSerializer.Serialize(content, ContactsJson.Default.ContactsFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(e.GetType().Name);
        }
    }

    private readonly record struct Pin(PeerId PeerId, ulong Sequence);

    [LoggerMessage(LogLevel.Warning, "The contacts cannot be saved ({Error}): free some space or mend the data directory, or they are lost when this peer ends.")]
    private partial void LogNotSaved(string error);
}
