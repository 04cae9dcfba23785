using System.Collections.Concurrent;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Network;

/// <summary>
/// One directory, and two peers for each kind of site that the pairs need: one that calls and one that is called, each
/// with a router of its own.
/// </summary>
internal sealed class NatWorld : IAsyncDisposable
{
    // A round trip of 200 ms to a peer with a good line.
    private static readonly LineQuality PoorLine = new(
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(5),
        Loss: 0.05
    );

    private readonly Lab _lab = new();
    private readonly TempDirectory _certificates = new();
    private readonly ConcurrentDictionary<string, LabPeer> _peers = new();
    private readonly LabMachine _server;
    private LabRouter? _provider;
    private LabRouter? _shared;
    private LabDirectory? _directory;
    private TlsProxy? _proxy;

    private NatWorld() => _server = _lab.AddPublic("directory");

    public static async Task<NatWorld> StartAsync(IReadOnlyCollection<NatPair> pairs)
    {
        var world = new NatWorld();
        try
        {
            await world.StartPeersAsync([
                .. pairs.SelectMany(pair => new[] { (pair.Caller, true), (pair.Callee, false) }).Distinct(),
            ]);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public LabPeer Caller(NatPair pair) => _peers[NameOf(pair.Caller, true)];

    public LabPeer Callee(NatPair pair) => _peers[NameOf(pair.Callee, false)];

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_peers.Values.Select(peer => peer.DisposeAsync().AsTask()));
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        _certificates.Dispose();
        _lab.Dispose();
    }

    private static string NameOf(Site site, bool isCaller) =>
        $"{site}-{(isCaller ? "caller" : "callee")}".ToLowerInvariant();

    private async Task StartPeersAsync((Site Site, bool IsCaller)[] wanted)
    {
        var machines = wanted.Select(each => Add(each.Site, NameOf(each.Site, each.IsCaller))).ToArray();
        _lab.Start();
        _directory = await LabDirectory.StartAsync(_server);
        _proxy = new TlsProxy(_server, LabDirectory.Port);
        var certificate = Path.Combine(_certificates.Path, "proxy.pem");
        await File.WriteAllTextAsync(certificate, _proxy.Pem);

        // Starting all at once would slow each of them, and the last might not be ready in time.
        await Parallel.ForEachAsync(
            wanted.Zip(machines),
            new ParallelOptions { MaxDegreeOfParallelism = 2 * Environment.ProcessorCount },
            async (each, _) =>
            {
                var ((site, isCaller), machine) = each;
                var name = NameOf(site, isCaller);
                var directory =
                    site == Site.HttpsOnly
                        ? new Uri($"https://{_server.Ipv4}")
                        : LabDirectory.AddressFor(_server, ipv6: machine.Ipv4 is null);
                _peers[name] = await LabPeer.StartAsync(
                    name,
                    machine,
                    directory,
                    new Dictionary<string, string> { ["HideAddress"] = $"{site == Site.Hidden}" },
                    new Dictionary<string, string> { ["SSL_CERT_FILE"] = certificate }
                );
            }
        );
    }

    private LabMachine Add(Site site, string name)
    {
        switch (site)
        {
            case Site.Public or Site.Hidden:
                return _lab.AddPublic(name, ipv6: false);
            case Site.DoubleNat:
                var provider = _lab.AddRouter($"{name}-provider", Nat.PortRestricted, isProvider: true);
                return _lab.AddMachine(_lab.AddRouterBehind(provider, $"{name}-router", Nat.PortRestricted), name);
            case Site.SameProvider:
                _provider ??= _lab.AddRouter("provider", Nat.PortRestricted, isProvider: true);
                return _lab.AddMachine(_lab.AddRouterBehind(_provider, $"{name}-router", Nat.PortRestricted), name);
            case Site.SameNetwork:
                _shared ??= _lab.AddRouter("shared-router", Nat.PortRestricted);
                return _lab.AddMachine(_shared, name);
            case Site.PoorLine:
                return _lab.AddMachine(_lab.AddRouter($"{name}-router", Nat.PortRestricted, PoorLine), name);
            default:
                return _lab.AddMachine(_lab.AddRouter($"{name}-router", Enum.Parse<Nat>(site.ToString())), name);
        }
    }
}
