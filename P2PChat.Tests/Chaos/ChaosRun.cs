using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using P2PChat.Client;
using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Chaos;

/// <summary>
/// Three peers that chat, two directory replicas and a Redis, all separate processes, under scheduled faults. The seed
/// determines the faults and their times, not the progress of the processes.
/// </summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly string[] Names = ["anna", "bert", "cleo"];
    private static readonly string[] Terms =
    [
        "--Directory:Lease=00:00:06",
        "--Directory:RenewEvery=00:00:01",
        "--Directory:RateLimits:Enabled=false",
    ];

    private const int MailAttempts = 4;

    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(120);

    private readonly TimeSpan _length;
    private readonly string _dataRoot = Directory.CreateTempSubdirectory("p2pchat-chaos-").FullName;
    private readonly Uri[] _addresses = [Address(), Address()];
    private readonly ProductProcess?[] _replicas;
    private readonly ChaosPeer[] _peers;
    private readonly ChaosFlow[] _flows;
    private readonly ChaosMail _mail;
    private readonly ConcurrentDictionary<object, bool> _broken = [];
    private readonly ConcurrentDictionary<FaultKind, int> _done = [];
    private RedisServer? _redis;
    private int _connectionsCut;

    public ChaosRun(int seed, TimeSpan length)
    {
        _length = length;
        _replicas = new ProductProcess?[_addresses.Length];
        _peers = [.. Names.Select((name, i) => new ChaosPeer(name, _addresses[i % _addresses.Length], _dataRoot))];
        _flows =
        [
            .. _peers
                .SelectMany(from => OthersOf(from).Select(to => (from, to)))
                .Select((pair, i) => new ChaosFlow(pair.from, pair.to, seed + i)),
        ];
        _mail = new ChaosMail(_peers);
        Schedule = ChaosFault.Schedule(seed, length, _peers.Length, _addresses.Length);
    }

    public IReadOnlyList<ChaosFault> Schedule { get; }

    /// <summary>A readable log of the faults so far.</summary>
    public string Counts =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_flows.Sum(flow => flow.Sent.Count)} messages sent; "
                + $"{string.Join(", ", _done.OrderBy(done => done.Key).Select(done => $"{done.Value} {done.Key}"))}; "
                + $"{_connectionsCut} connections cut of {_peers.Sum(peer => peer.Proxy.Carried)}; {_mail}"
        );

    /// <summary>Number of messages reported by receivers when the faults ended.</summary>
    public int ArrivedMeanwhile { get; private set; }

    /// <summary>Number of messages that arrived only by mail.</summary>
    public int CarriedByMail => _mail.Carried;

    /// <summary>The last output of each peer, for diagnosis.</summary>
    public string Outputs =>
        string.Join(
            '\n',
            _peers.Select(peer => $"--- {peer.Name}\n{peer.Output[^Math.Min(peer.Output.Length, 2000)..]}")
        );

    /// <summary>
    /// Applies the scheduled faults while messages flow, ends them, and waits until everything has settled.
    /// </summary>
    /// <returns>All observations.</returns>
    public async Task<IReadOnlyList<ChaosFact>> RunAsync()
    {
        _redis = await RedisServer.StartAsync();
        for (var i = 0; i < _replicas.Length; i++)
        {
            await StartReplicaAsync(i);
        }

        foreach (var peer in _peers)
        {
            await peer.StartAsync();
        }

        foreach (var (one, other) in new[] { (0, 1), (1, 2), (2, 0) })
        {
            await _peers[one].ConnectAsync(_peers[other]);
        }

        using var end = new CancellationTokenSource();
        var flowing = _flows.Select(flow => Task.Run(() => flow.RunAsync(end.Token))).ToList();
        try
        {
            await BreakAsync();
        }
        finally
        {
            await end.CancelAsync();
        }

        await Task.WhenAll(flowing);
        ArrivedMeanwhile = _peers.Sum(peer => peer.Arrivals.Count);
        await CarryMailAsync();
        var facts = new List<ChaosFact>();
        foreach (var flow in _flows)
        {
            if (!await IsSettledAsync(flow))
            {
                facts.Add(new ChaosFact.Wrong($"Messages of {flow} did not arrive or were not acknowledged in time"));
            }
        }

        foreach (var flow in _flows)
        {
            facts.AddRange(flow.Sent);
        }

        foreach (var peer in _peers)
        {
            await LookAtAsync(peer, facts);
        }

        return facts;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        foreach (var replica in _replicas)
        {
            if (replica is not null)
            {
                await replica.DisposeAsync();
            }
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        Directory.Delete(_dataRoot, recursive: true);
    }

    private static Uri Address() => new($"http://127.0.0.1:{LoopbackPort.Next()}");

    private IEnumerable<ChaosPeer> OthersOf(ChaosPeer peer) => _peers.Where(other => other != peer);

    private async Task StartReplicaAsync(int replica) =>
        _replicas[replica] = await ProductProcess.StartAsync(
            typeof(DiscoveryApp).Assembly.Location,
            _addresses[replica],
            [$"--urls={_addresses[replica]}", $"--ConnectionStrings:redis={_redis!.ConnectionString}", .. Terms]
        );

    // Some messages must arrive by mail, whatever the schedule did. The two peers connect first: mail that a directory
    // lost with its disk leaves a gap that only a link closes, and the capabilities must be granted again.
    private async Task CarryMailAsync()
    {
        var flow = _flows[0];
        for (
            var attempt = 0;
            attempt < MailAttempts && await IsSettledAsync(flow) && !await _mail.CarryAsync(flow, flow.SendAsync);
            attempt++
        ) { }
    }

    private static async Task<bool> IsSettledAsync(ChaosFlow flow)
    {
        try
        {
            await Eventually.True(flow.IsSettledAsync, SettlesWithin, "it has settled");
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task BreakAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        var breaking = new List<Task>();
        foreach (var fault in Schedule)
        {
            await UntilAsync(begun, fault.At);
            breaking.Add(BreakAsync(fault));
        }

        await UntilAsync(begun, _length);
        await Task.WhenAll(breaking);
    }

    private static async Task UntilAsync(long begun, TimeSpan at)
    {
        if (at - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left)
        {
            await Task.Delay(left);
        }
    }

    private async Task BreakAsync(ChaosFault fault)
    {
        var peer = _peers[fault.Target % _peers.Length];
        // Skips processes that are down, and links that are slow already.
        object target = fault.Kind switch
        {
            FaultKind.KillPeer => peer,
            FaultKind.KillReplica => _addresses[fault.Target],
            FaultKind.KillRedis or FaultKind.LoseRedis => _redis!,
            _ => (peer, fault.Kind),
        };
        if (fault.Kind == FaultKind.NeverMeet)
        {
            await BreakBothAsync(peer, _flows.First(flow => flow.From == peer));
        }
        else if (_broken.TryAdd(target, true))
        {
            await BreakAsync(fault, peer, target);
        }
    }

    private async Task BreakAsync(ChaosFault fault, ChaosPeer peer, object target)
    {
        try
        {
            await BreakAsync(fault, peer);
            Done(fault.Kind);
        }
        finally
        {
            _ = _broken.TryRemove(target, out _);
        }
    }

    private async Task BreakBothAsync(ChaosPeer peer, ChaosFlow flow)
    {
        if (!_broken.TryAdd(flow.To, true))
        {
            return;
        }

        try
        {
            if (!_broken.TryAdd(peer, true))
            {
                return;
            }

            try
            {
                _ = await _mail.CarryAsync(flow);
                Done(FaultKind.NeverMeet);
            }
            finally
            {
                _ = _broken.TryRemove(peer, out _);
            }
        }
        finally
        {
            _ = _broken.TryRemove(flow.To, out _);
        }
    }

    private void Done(FaultKind kind) => _ = _done.AddOrUpdate(kind, 1, static (_, before) => before + 1);

    private async Task BreakAsync(ChaosFault fault, ChaosPeer peer)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillPeer:
                await peer.KillAsync(fault.For, OthersOf(peer));
                break;
            case FaultKind.KillReplica:
                await _replicas[fault.Target]!.DisposeAsync();
                await Task.Delay(fault.For);
                await StartReplicaAsync(fault.Target);
                break;
            case FaultKind.KillRedis or FaultKind.LoseRedis:
                await _redis!.KillAsync();
                await Task.Delay(fault.For);
                await _redis.RestartAsync(keepData: fault.Kind == FaultKind.KillRedis);
                break;
            case FaultKind.Cut:
                _ = Interlocked.Add(ref _connectionsCut, peer.Proxy.Cut());
                break;
            case FaultKind.Delay:
                peer.Proxy.Delay = TimeSpan.FromMilliseconds(fault.Degree);
                await Task.Delay(fault.For);
                peer.Proxy.Delay = TimeSpan.Zero;
                break;
            case FaultKind.Throttle:
                peer.Proxy.BytesASecond = fault.Degree;
                await Task.Delay(fault.For);
                peer.Proxy.BytesASecond = 0;
                break;
            case FaultKind.Stall:
                peer.Proxy.IsStalled = true;
                await Task.Delay(fault.For);
                peer.Proxy.IsStalled = false;
                break;
        }
    }

    private async Task LookAtAsync(ChaosPeer peer, List<ChaosFact> facts)
    {
        // Read before the history: a receipt that arrives in between would look retracted.
        var (receipts, arrivals) = (peer.Receipts.ToArray(), peer.Arrivals.ToArray());
        var (texts, ends, now) = (new Dictionary<Guid, string>(), new List<ChaosFact>(), DateTimeOffset.UtcNow);
        foreach (var other in OthersOf(peer))
        {
            foreach (var message in await peer.HistoryAsync(other.Name))
            {
                texts.Add(message.Id, message.Text);
                ends.Add(
                    message.From == peer.Name
                        ? new ChaosFact.Told(message.Text, StateOf(message.State), now)
                        : new ChaosFact.Kept(peer.Name, message.From, message.Text)
                );
            }
        }

        foreach (var (receipt, at) in receipts)
        {
            facts.Add(
                texts.TryGetValue(receipt.Id, out var text)
                    ? new ChaosFact.Told(text, StateOf(receipt.State), at)
                    : new ChaosFact.Wrong($"{peer.Name} told of a message to {receipt.Username} that it does not have")
            );
        }

        facts.AddRange(
            arrivals
                .Where(message => !texts.ContainsKey(message.Id))
                .Select(message => new ChaosFact.Wrong(
                    $"{peer.Name} told of '{ChaosText.Short(message.Text)}', and does not have it"
                ))
        );
        facts.AddRange(peer.Wrong.Select(what => new ChaosFact.Wrong(what)));
        facts.AddRange(ends);
    }

    private static SeenState StateOf(MessageState state) => Enum.Parse<SeenState>(state.ToString());
}
