using System.Diagnostics;
using P2PChat.Client;
using P2PChat.Tests.Network;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Two peers in the network lab, one of which connects to the other again and again.</summary>
internal sealed class LabCall : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private readonly PathKind _path;
    private readonly LabPeer _callee;
    private readonly EventSubscription _callerSubscription;
    private readonly EventSubscription _calleeSubscription;
    private readonly IAsyncEnumerator<ApiEvent> _callerEvents;
    private readonly IAsyncEnumerator<ApiEvent> _calleeEvents;
    private readonly CancellationTokenSource _over = new();

    private LabCall(
        PathKind path,
        LabPeer caller,
        LabPeer callee,
        EventSubscription callerEvents,
        EventSubscription calleeEvents
    )
    {
        (_path, Caller, _callee) = (path, caller, callee);
        (_callerSubscription, _calleeSubscription) = (callerEvents, calleeEvents);
        _callerEvents = callerEvents.GetAsyncEnumerator(_over.Token);
        _calleeEvents = calleeEvents.GetAsyncEnumerator(_over.Token);
    }

    public LabPeer Caller { get; }

    /// <param name="path">The path that the peers are expected to find.</param>
    public static async Task<LabCall> StartAsync(PathKind path, Uri directory, LabMachine caller, LabMachine callee)
    {
        var name = path.ToString().ToLowerInvariant();
        var first = await LabPeer.StartAsync($"{name}-caller", caller, directory);
        try
        {
            var second = await LabPeer.StartAsync($"{name}-callee", callee, directory);
            return new LabCall(path, first, second, await first.Api.ListenAsync(), await second.Api.ListenAsync());
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects and disconnects.</summary>
    /// <returns>The time from the dial to the connection on the expected path.</returns>
    public async Task<TimeSpan> MeasureAsync()
    {
        var started = Stopwatch.GetTimestamp();
        _ = await Caller.Api.ListPeersAsync();
        var lookup = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        await ConnectAsync();
        var time = Stopwatch.GetElapsedTime(started) - lookup;
        await DisconnectAsync();
        return time;
    }

    public async Task ConnectAsync()
    {
        _ = await Caller.Api.ConnectAsync(_callee.Name);
        await SettleAsync(isConnected: false);
    }

    public async Task DisconnectAsync()
    {
        await Caller.Api.DisconnectAsync(_callee.Name);
        // Earlier events may tell of connections that were lost when a machine moved.
        await NextAsync("the caller has disconnected", _callerEvents, next =>
            next is ApiEvent.Disconnected { Reason: DisconnectReason.EndedByUs }
        );
        await NextAsync("the callee has been disconnected", _calleeEvents, next =>
            next is ApiEvent.Disconnected { Reason: DisconnectReason.EndedByThem }
        );
    }

    /// <summary>Sends a message, and returns when the other peer has it.</summary>
    public async Task SendAsync()
    {
        _ = await Caller.Api.SendAsync(_callee.Name, "hello");
        await NextAsync("the message has arrived", _calleeEvents, next => next is ApiEvent.MessageReceived);
    }

    /// <summary>Waits until the conversation has the expected path.</summary>
    public Task SettleAsync() => SettleAsync(isConnected: true);

    public async ValueTask DisposeAsync()
    {
        await _callerEvents.DisposeAsync();
        await _calleeEvents.DisposeAsync();
        _callerSubscription.Dispose();
        _calleeSubscription.Dispose();
        await Caller.DisposeAsync();
        await _callee.DisposeAsync();
        _over.Dispose();
    }

    // An earlier event may already have reported the path, so the state is read first.
    private async Task SettleAsync(bool isConnected)
    {
        if (isConnected && await Caller.PathToAsync(_callee.Name) == _path)
        {
            return;
        }

        await NextAsync($"the path is {_path}", _callerEvents, next => next switch
            {
                ApiEvent.Connected connected => connected.Path == _path,
                ApiEvent.PathChanged changed => changed.Path == _path,
                ApiEvent.Disconnected ended when !isConnected => throw new InvalidOperationException(
                    $"The peers did not connect: {ended.Reason}."
                ),
                _ => false,
            });
    }

    private async Task NextAsync(string what, IAsyncEnumerator<ApiEvent> events, Func<ApiEvent, bool> matches)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        await using var overdue = timeout.Token.Register(_over.Cancel);
        try
        {
            while (await events.MoveNextAsync())
            {
                if (matches(events.Current))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"Timed out after {Timeout.TotalSeconds:0} s: {what}. {await DiagnoseAsync()}",
                exception
            );
        }

        throw new InvalidOperationException("The peer ended.");
    }

    // A failure in a loaded run says little without it.
    private async Task<string> DiagnoseAsync()
    {
        try
        {
            var found = await Caller.Api.DoctorAsync(_callee.Name);
            var candidates = found.Peer?.Candidates.Select(candidate =>
                $"\n{candidate.Kind} {candidate.Address}, try {candidate.Try}: {candidate.Text}"
            );
            var path = await Caller.PathToAsync(_callee.Name);
            return $"The path is {path}. {found.Summary}{string.Concat(candidates ?? [])}";
        }
        catch (Exception exception)
            when (exception is PeerApiException or HttpRequestException or OperationCanceledException)
        {
            return $"The caller's doctor does not answer: {exception.Message}";
        }
    }
}
