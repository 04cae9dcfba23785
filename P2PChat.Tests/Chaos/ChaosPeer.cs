using System.Collections.Concurrent;
using System.Net.Http.Headers;
using P2PChat.Client;
using P2PChat.Peer.Hosting;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>A peer process behind a faulty network, and the events that it reports.</summary>
internal sealed class ChaosPeer : IAsyncDisposable
{
    private const int Page = 1000;

    // Short, so that a minute has many attempts.
    private static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["Peer__ReconnectAfter"] = "00:00:00.200",
        ["Peer__ReconnectAtMost"] = "00:00:01",
        ["Peer__PingAfter"] = "00:00:02",
        ["Peer__DeadAfter"] = "00:00:06",
        ["Peer__ApiCallsPerSecond"] = "100000",
        ["Peer__HandshakeBurstPerAddress"] = "1000000",
        ["Peer__DepositAfter"] = "00:00:00.300",
    };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _data;
    private readonly Uri _directory;
    private readonly int _port = LoopbackPort.Next();
    private readonly Uri _address = new($"http://127.0.0.1:{LoopbackPort.Next()}");
    private readonly HttpClient _http;
    private readonly HttpClient _stream;
    private readonly RemotePeer _api;
    private readonly RemotePeer _events;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Guid, MessageState> _lastTold = [];
    private readonly ConcurrentQueue<string> _wrong = new();
    private ProductProcess? _process;
    private Task _listening = Task.CompletedTask;

    public ChaosPeer(string name, Uri directory, string dataRoot)
    {
        (Name, _directory, _data) = (name, directory, Path.Combine(dataRoot, name));
        Proxy = new FaultyProxy(_port);
        _http = new HttpClient { BaseAddress = _address, Timeout = TimeSpan.FromSeconds(10) };
        _stream = new HttpClient { BaseAddress = _address, Timeout = Timeout.InfiniteTimeSpan };
        (_api, _events) = (new RemotePeer(_http), new RemotePeer(_stream));
    }

    public string Name { get; }

    public FaultyProxy Proxy { get; }

    /// <summary>Reported states of this peer's own messages, in order.</summary>
    public ConcurrentQueue<(ApiEvent.Receipt Receipt, DateTimeOffset At)> Receipts { get; } = new();

    /// <summary>Reported messages from others.</summary>
    public ConcurrentQueue<MessageItem> Arrivals { get; } = new();

    /// <summary>Reported events that the history later contradicted.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>Waits until the local API responds, with or without the directory.</summary>
    public async Task StartAsync()
    {
        _process = await ProductProcess.StartAsync(
            typeof(PeerApp).Assembly.Location,
            new Uri(_address, "/alive"),
            Settings,
            Name,
            $"{_port}",
            "--discovery",
            $"{_directory}",
            "--data",
            _data,
            "--api",
            $"{_address.Port}",
            "--advertise",
            $"127.0.0.1:{Proxy.Port}",
            "--accept",
            "all",
            "--no-console"
        );
        var token = (await File.ReadAllTextAsync(Path.Combine(_data, ApiFileNames.Token))).Trim();
        foreach (var http in new[] { _http, _stream })
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        _listening = ListenAsync();
    }

    /// <summary><c>kill -9</c>, a pause, and a restart with the same data.</summary>
    /// <inheritdoc cref="ReviveAsync"/>
    public async Task KillAsync(TimeSpan pause, IEnumerable<ChaosPeer> others)
    {
        await KillAsync();
        await Task.Delay(pause);
        await ReviveAsync(others);
    }

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync();
        await _listening;
    }

    /// <summary>Restarts it with the same data.</summary>
    /// <param name="others">Peers whose conversations are compared with earlier reports.</param>
    public async Task ReviveAsync(IEnumerable<ChaosPeer> others)
    {
        var told = _lastTold.ToArray().ToDictionary();
        await StartAsync();
        foreach (var other in others)
        {
            IReadOnlyList<MessageItem> kept = [];
            await Eventually.True(
                async () => (kept = await NewestAsync(other.Name)).Count > 0,
                Patience,
                $"{Name} reads its messages with {other.Name}"
            );
            foreach (
                var message in kept.Where(message =>
                    told.TryGetValue(message.Id, out var state) && message.State < state
                )
            )
            {
                _wrong.Enqueue(
                    $"{Name} reported '{ChaosText.Short(message.Text)}' as {told[message.Id]}, "
                        + $"but has it as {message.State} after a crash"
                );
            }
        }
    }

    /// <summary>Sends requests until the two are connected.</summary>
    public Task ConnectAsync(ChaosPeer other) =>
        Eventually.True(
            async () =>
            {
                try
                {
                    await _api.ConnectAsync(other.Name);
                    return false;
                }
                catch (PeerApiException refusal)
                {
                    return refusal.Type == ProblemTypes.AlreadyConnected;
                }
            },
            Patience,
            $"{Name} and {other.Name} are connected"
        );

    /// <summary>Returns whether it reports no link to another.</summary>
    public async Task<bool> MissesAsync(ChaosPeer other)
    {
        try
        {
            return (await _api.ListPeersAsync()).Peers.Any(peer =>
                peer.Username == other.Name && peer.Relation != Relation.Connected
            );
        }
        catch (PeerApiException)
        {
            return false;
        }
    }

    /// <summary>Uses the text as idempotency key, so another call sends no second message.</summary>
    public async Task<bool> TrySendAsync(ChaosPeer to, string text)
    {
        try
        {
            _ = await _api.SendAsync(to.Name, text, idempotencyKey: ChaosText.Short(text));
            return true;
        }
        catch (PeerApiException)
        {
            return false;
        }
    }

    /// <summary>Marks all received messages as read, if the process is alive.</summary>
    public async Task ReadAllAsync(ChaosPeer of)
    {
        try
        {
            await _api.MarkReadAsync(of.Name);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException or PeerApiException)
        {
            // The process was killed.
        }
    }

    /// <summary>Returns the messages after the given one, oldest first.</summary>
    public async Task<IReadOnlyList<MessageItem>> MessagesAsync(string with, Guid? after) =>
        (await _api.GetMessagesAsync(with, Page, after ?? Guid.Empty)).Messages;

    /// <summary>Returns all messages of a conversation, oldest first.</summary>
    public async Task<IReadOnlyList<MessageItem>> HistoryAsync(string with)
    {
        var all = new List<MessageItem>();
        while (await MessagesAsync(with, all.LastOrDefault()?.Id) is { Count: > 0 } page)
        {
            all.AddRange(page);
        }

        return all;
    }

    /// <summary>Returns the newest messages of a conversation, oldest first.</summary>
    public async Task<IReadOnlyList<MessageItem>> NewestAsync(string with) =>
        (await _api.GetMessagesAsync(with, Page)).Messages;

    public string Output => _process?.Output ?? "";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _listening;
        await Proxy.DisposeAsync();
        _api.Dispose();
        _events.Dispose();
        _end.Dispose();
    }

    // Runs until the process ends.
    private async Task ListenAsync()
    {
        string? last = null;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var events = await _events.ListenAsync(last, _end.Token);
                await foreach (var apiEvent in events.WithCancellation(_end.Token))
                {
                    last = apiEvent.EventId;
                    Take(apiEvent);
                }
            }
            catch (Exception exception)
                when (exception is HttpRequestException or IOException or OperationCanceledException or PeerApiException
                )
            {
                return;
            }
        }
    }

    private void Take(ApiEvent apiEvent)
    {
        if (apiEvent is ApiEvent.Receipt receipt)
        {
            Receipts.Enqueue((receipt, DateTimeOffset.UtcNow));
            _lastTold[receipt.Id] = receipt.State;
        }
        else if (apiEvent is ApiEvent.MessageReceived { Message: var message })
        {
            Arrivals.Enqueue(message);
        }
    }
}
