namespace P2PChat.Node.Identity;

/// <summary>
/// Saves the contacts behind whoever changes them: a disk that is slow must not hold up a session. Changes that come
/// together are written together. Thread-safe.
/// </summary>
/// <param name="directory">Null to save nothing.</param>
/// <param name="content">What is to be saved now; takes the contacts' own lock.</param>
internal sealed partial class ContactsWriter(DataDirectory? directory, Func<string> content, ILogger logger)
    : IDisposable
{
    // Never taken under the contacts' own lock.
    private readonly Lock _fileGate = new();
    private readonly ILogger _logger = logger;
    private readonly SaveState _state = new();
    private long _changes;
    private long _saved;
    private int _scheduled;
    private bool _ended;

    /// <summary>Something has changed: it is saved soon. To be called under the contacts' lock; waits for nothing.</summary>
    public void Changed()
    {
        _ = Interlocked.Increment(ref _changes);
        if (directory is not null && Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _ = Task.Run(SaveBehind);
        }
    }

    /// <summary>Returns when all that has changed is on the disk. Not to be called under the contacts' lock.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Flush()
    {
        if (directory is null)
        {
            return;
        }

        lock (_fileGate)
        {
            _ = Interlocked.Exchange(ref _scheduled, 0);
            var changes = Interlocked.Read(ref _changes);
            if (_ended || changes == _saved)
            {
                return;
            }

            directory.Write(ContactsFile.FileName, content());
            _saved = changes;
        }

        if (_state.Saved())
        {
            LogSaved();
        }
    }

    /// <summary>Saves what is not saved; from then on nothing is, for the directory may be another peer's.</summary>
    public void Dispose()
    {
        SaveBehind();
        lock (_fileGate)
        {
            _ended = true;
        }
    }

    private void SaveBehind()
    {
        try
        {
            Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_state.Failed())
            {
                LogNotSaved(SaveState.WhyNot(e));
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The contacts cannot be saved ({Error}): free some space or mend the data directory, or they are lost when this peer ends."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "The contacts can be saved again.")]
    private partial void LogSaved();
}
