using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>
/// The socket on which this peer listens. While the user hides the address the port is closed, so that a scan finds
/// nothing there, but still reserved. Thread-safe.
/// </summary>
internal sealed partial class ListeningSocket(SharedPort port, DirectAccess direct, ILogger logger) : IDisposable
{
    private readonly ILogger _logger = logger;
    private readonly Lock _gate = new();
    private Socket? _socket;
    private TaskCompletionSource _changed = NewChange();
    private bool _isListening;
    private bool _isDisposed;

    /// <summary>Takes the port, and listens unless the address is hidden.</summary>
    /// <exception cref="SocketException">The port cannot be used.</exception>
    public void Open()
    {
        lock (_gate)
        {
            _socket = port.Reserve();
            if (direct.IsAllowed)
            {
                Listen();
            }
        }

        direct.Changed += OnDirectChanged;
        // It may have changed meanwhile.
        OnDirectChanged();
    }

    /// <summary>Accepts the next connection, and waits while the address is hidden.</summary>
    /// <exception cref="SocketException">The caller has gone, or no file descriptor is left.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The port has been closed for good.</exception>
    public async Task<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket? listening;
            Task changed;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                (listening, changed) = (_isListening ? _socket : null, _changed.Task);
            }

            if (listening is null)
            {
                await changed.WaitAsync(cancellationToken);
                continue;
            }

            try
            {
                var accepted = await listening.AcceptAsync(cancellationToken);
                if (direct.IsAllowed)
                {
                    return accepted;
                }

                accepted.Dispose();
            }
            catch (Exception exception)
                when (exception is SocketException or ObjectDisposedException && changed.IsCompleted)
            {
                // The address has been hidden.
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    public void Dispose()
    {
        direct.Changed -= OnDirectChanged;
        lock (_gate)
        {
            (_isDisposed, _isListening) = (true, false);
            _changed.TrySetResult();
            _socket?.Dispose();
        }
    }

    private void OnDirectChanged()
    {
        lock (_gate)
        {
            if (_isDisposed || direct.IsAllowed == _isListening)
            {
                return;
            }

            try
            {
                if (_isListening)
                {
                    _isListening = false;
                    NoteChange();
                    _socket?.Dispose();
                    _socket = null;
                    _socket = port.Reserve();
                }
                else
                {
                    _socket ??= port.Reserve();
                    Listen();
                    NoteChange();
                }
            }
            catch (SocketException exception)
            {
                // Another program has taken the port. The relay still works, and the next change tries again.
                LogNotListening(port.Port, exception.SocketErrorCode);
            }
        }
    }

    private void Listen()
    {
        port.Listen(_socket!);
        _isListening = true;
    }

    private void NoteChange()
    {
        _changed.SetResult();
        _changed = NewChange();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(
        LogLevel.Warning,
        "Listening on port {Port} failed: {Error}. Other peers reach this one only through the relay until the address "
            + "is hidden and shown again."
    )]
    private partial void LogNotListening(int port, SocketError error);
}
