using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Links;
using P2PChat.Node.Timing;

namespace P2PChat.Node.Paths.Stun;

/// <summary>
/// Learns the public address of the listener's port in one address family, and keeps the NAT's mapping alive by
/// requests on one TCP connection from that port. Without a NAT it keeps no connection.
/// </summary>
/// <param name="server">Finds the server; null while there is none to ask.</param>
internal sealed class ReflexiveMapping(
    AddressFamily family,
    SharedPort port,
    Func<CancellationToken, Task<StunServers?>> server,
    ILocalAddresses addresses,
    TimeProvider timeProvider
) : IDisposable
{
    /// <summary>NATs keep an idle TCP mapping for minutes, but some for less than one.</summary>
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(25);

    /// <summary>Without a NAT nothing has to be kept, but one may appear.</summary>
    public static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    // Announcements of address changes come in groups.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), Jitter.QuarterEachWay);
    private volatile StunTcpConnection? _connection;
    private volatile IPEndPoint? _public;
    private int _failures;

    /// <summary>Raised when <see cref="Public"/> has changed, on any thread.</summary>
    public event Action? Changed;

    /// <summary>The public address and port; null if not known, or without a NAT.</summary>
    public IPEndPoint? Public => _public;

    /// <summary>The open connection; null if there is none.</summary>
    public StunTcpConnection? Connection => _connection;

    /// <summary>Looks again soon, because an address, a setting or the directory has changed.</summary>
    public void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0)
            {
                _ = _wake.Release();
            }
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // It will look anyway, or has ended.
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                var target = await FindAsync(cancellationToken);
                wait = target is null ? Timeout.InfiniteTimeSpan : await KeepAsync(target, cancellationToken);
                if (target is null)
                {
                    Publish(null);
                }
            }
            catch (Exception exception) when (IsFailure(exception, cancellationToken))
            {
                wait = _backoff.After(++_failures);
                // One failure says little: the directory may only be starting again.
                if (_failures > 1)
                {
                    Publish(null);
                }
            }
            finally
            {
                Close();
            }

            await WaitAsync(wait, cancellationToken);
        }
    }

    public void Dispose()
    {
        Close();
        _wake.Dispose();
    }

    /// <summary>Keeps the mapping as long as the connection works.</summary>
    /// <returns>How long to wait before the next connection.</returns>
    private async Task<TimeSpan> KeepAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        using (var timeout = new CancellationTokenSource(AnswerTimeout, timeProvider))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
        {
            _connection = new StunTcpConnection(await port.ConnectAsync(target, either.Token), timeProvider);
        }

        var connection = _connection;
        var attachments = AttachmentsOf(connection.Local.Address);
        while (true)
        {
            using (var timeout = new CancellationTokenSource(AnswerTimeout, timeProvider))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
            {
                var reply = await connection.AskAsync(either.Token);
                _failures = 0;
                if (
                    reply.Mapped.Equals(connection.Local)
                    || !NatMappingRules.IsUseful(reply.Mapped.Address, target.Address)
                )
                {
                    Publish(null);
                    return CheckEvery;
                }

                Publish(reply.Mapped);
            }

            var isWoken = await WaitAsync(RefreshEvery, cancellationToken);
            if (isWoken && !await IsCurrentAsync(connection, attachments, target, cancellationToken))
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <returns>Null if there is nothing to ask, or no address of the family to ask from.</returns>
    private async Task<IPEndPoint?> FindAsync(CancellationToken cancellationToken) =>
        (await server(cancellationToken))?.At(family, 0) is { } found
        && (IPAddress.IsLoopback(found.Address) || addresses.Read().Any(own => own.AddressFamily == family))
            ? found
            : null;

    // Another network may have given this machine the same address.
    private async Task<bool> IsCurrentAsync(
        StunTcpConnection connection,
        IReadOnlyList<Attachment> before,
        IPEndPoint target,
        CancellationToken cancellationToken
    )
    {
        var local = connection.Local.Address;
        var present = AttachmentsOf(local);
        return (IPAddress.IsLoopback(local) || present.Any(now => before.Any(now.Continues)))
            && target.Equals(await FindAsync(cancellationToken));
    }

    private IReadOnlyList<Attachment> AttachmentsOf(IPAddress address) =>
        [.. addresses.ReadAttachments().Where(attachment => attachment.Address.Equals(address))];

    private void Publish(IPEndPoint? address)
    {
        if (!Equals(_public, address))
        {
            _public = address;
            Changed?.Invoke();
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }

    /// <returns>Whether something has changed meanwhile.</returns>
    private async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay == TimeSpan.Zero)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(delay, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        await Task.Delay(SettleTime, timeProvider, cancellationToken);
        return true;
    }

    private static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is StunException or SocketException or DirectoryClient.DirectoryException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
