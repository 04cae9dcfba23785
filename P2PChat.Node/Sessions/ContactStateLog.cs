using P2PChat.Node.Identity;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Logs once when the state of contacts can no longer be saved, and once when it can again. Shared by all sessions of a
/// peer; thread-safe.
/// </summary>
internal sealed partial class ContactStateLog(ILogger logger)
{
    private readonly ILogger _logger = logger;
    private readonly SaveState _state = new();

    public void Saved()
    {
        if (_state.Saved())
        {
            LogSaved();
        }
    }

    public void Failed(StoreException exception)
    {
        if (_state.Failed())
        {
            LogFailed(SaveState.FailureReason(exception), SaveState.IsDiskFull(exception) ? null : exception);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The state of contacts cannot be saved or read: {Reason}. Free disk space or check the disk."
    )]
    private partial void LogFailed(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "The state of contacts can be saved again.")]
    private partial void LogSaved();
}
