using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Paths.Stun;

/// <summary>
/// The public addresses of the listener's port, which NATs give it. Learned from the directory's STUN server over TCP,
/// because a UDP mapping says nothing about TCP. Nothing is asked while the user hides the address.
/// </summary>
internal sealed class ReflexiveAddresses : BackgroundService
{
    private readonly PeerOptions _options;
    private readonly Preferences _preferences;
    private readonly DirectoryHttpClient _directory;
    private readonly StunServerFinder _servers;
    private readonly ILocalAddresses _addresses;
    private readonly ReflexiveMapping[] _mappings;
    private string? _offer;

    public ReflexiveAddresses(
        PeerOptions options,
        Preferences preferences,
        DirectoryHttpClient directory,
        StunServerFinder servers,
        SharedPort port,
        ILocalAddresses addresses,
        TimeProvider timeProvider
    )
    {
        _options = options;
        _preferences = preferences;
        _directory = directory;
        _servers = servers;
        _addresses = addresses;
        _mappings =
        [
            .. new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 }.Select(family => new ReflexiveMapping(
                family,
                port,
                FindAsync,
                addresses,
                timeProvider
            )),
        ];
    }

    /// <summary>Raised when <see cref="Current"/> has changed, on any thread.</summary>
    public event Action? Changed;

    /// <summary>
    /// At most one per family. Empty without a NAT, where the addresses of this machine are public already.
    /// </summary>
    public IReadOnlyList<IPEndPoint> Current => [.. _mappings.Select(mapping => mapping.Public).OfType<IPEndPoint>()];

    /// <summary>The open connection to the server's first port; null if there is none.</summary>
    public StunTcpConnection? ConnectionOf(AddressFamily family) =>
        _mappings[family == AddressFamily.InterNetwork ? 0 : 1].Connection;

    public override void Dispose()
    {
        base.Dispose();
        foreach (var mapping in _mappings)
        {
            mapping.Dispose();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        if (!_options.Stun || _options.LocalOnly)
        {
            return;
        }

        _directory.Described += OnDescribed;
        _addresses.MayHaveChanged += Wake;
        _preferences.Changed += Wake;
        foreach (var mapping in _mappings)
        {
            mapping.Changed += OnChanged;
        }

        try
        {
            await Task.WhenAll(_mappings.Select(mapping => mapping.RunAsync(stoppingToken)));
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
        finally
        {
            _directory.Described -= OnDescribed;
            _addresses.MayHaveChanged -= Wake;
            _preferences.Changed -= Wake;
        }
    }

    // Waits for the description, which the registration fetches anyway.
    private async Task<StunServers?> FindAsync(CancellationToken cancellationToken) =>
        _preferences.HideAddress || _servers.Reach is null ? null : await _servers.FindAsync(cancellationToken);

    // Each registration describes the directory again. Nothing has changed, as a rule.
    private void OnDescribed(DirectoryReach? reach)
    {
        var offer = reach is null ? null : $"{reach.StunHost}:{string.Join(',', reach.StunPorts ?? [])}";
        if (Interlocked.Exchange(ref _offer, offer) != offer)
        {
            Wake();
        }
    }

    private void OnChanged() => Changed?.Invoke();

    private void Wake()
    {
        foreach (var mapping in _mappings)
        {
            mapping.Wake();
        }
    }
}
