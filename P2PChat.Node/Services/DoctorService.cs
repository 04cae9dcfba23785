using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Services.Doctor;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Finds out why a peer can or cannot be reached, from inside this process and over the network that it uses. Disturbs
/// no open conversation. Thread-safe.
/// </summary>
public sealed class DoctorService
{
    /// <summary>The longest time that a check takes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly LocalIdentity _self;
    private readonly Preferences _preferences;
    private readonly BlockPolicy _blocks;
    private readonly PeerOptions _options;
    private readonly DoctorTelemetry _telemetry;
    private readonly TimeProvider _timeProvider;
    private readonly DirectoryCheck _directory;
    private readonly PairCheck _pair;
    private readonly LocalCheck _local;
    private readonly INatProbe _nat;
    private int _isRunning;

    internal DoctorService(
        LocalIdentity self,
        Preferences preferences,
        BlockPolicy blocks,
        PeerOptions options,
        DoctorTelemetry telemetry,
        TimeProvider timeProvider,
        LocalCheck local,
        DirectoryCheck directory,
        PairCheck pair,
        INatProbe nat
    )
    {
        (_self, _preferences, _blocks, _options) = (self, preferences, blocks, options);
        (_telemetry, _timeProvider) = (telemetry, timeProvider);
        (_local, _directory, _pair, _nat) = (local, directory, pair, nat);
    }

    /// <summary>Checks this machine's network, and all paths to a peer if one is named.</summary>
    /// <param name="name">Null for this machine only.</param>
    /// <exception cref="PeerException">
    /// Another check is running, or the name is unknown, blocked or this peer's own.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<DoctorReport> CheckAsync(Username? name, CancellationToken cancellationToken)
    {
        if (name is { } other)
        {
            _blocks.ThrowIfBlocked(other);
            if (other == _self.Name)
            {
                throw Refusals.ToSelf();
            }
        }

        if (Interlocked.Exchange(ref _isRunning, 1) == 1)
        {
            throw new PeerException(
                PeerError.CheckRunning,
                $"Another connection check is running. Wait at most {Limit.TotalSeconds} seconds for it to end."
            );
        }

        try
        {
            return await RunAsync(name, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    private async Task<DoctorReport> RunAsync(Username? name, CancellationToken cancellationToken)
    {
        using var span = DoctorTelemetry.Begin();
        var (startedAt, started) = (_timeProvider.GetUtcNow(), _timeProvider.GetTimestamp());
        using var limit = new CancellationTokenSource(Limit, _timeProvider);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var facts = await MeasureAsync(name, limit.Token, failed.Token);
            var report = Conclusions.Report(facts, startedAt, _timeProvider.GetElapsedTime(started));
            _telemetry.Record(span, report);
            return report;
        }
        catch (PeerException exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Error));
            throw;
        }
        finally
        {
            // Measurements that still run after a failure must not outlive the check.
            await failed.CancelAsync();
        }
    }

    private async Task<DoctorFacts> MeasureAsync(
        Username? name,
        CancellationToken time,
        CancellationToken cancellationToken
    )
    {
        var hides = _preferences.HideAddress;
        var nat = ProbeAsync(hides, time, cancellationToken);
        var pair = name is { } other ? _pair.RunAsync(other, time, cancellationToken) : null;
        var directory = await _directory.ReachDirectoryAsync(cancellationToken);
        var relay = await _directory.ReachRelayAsync(directory, cancellationToken);
        var (natReport, isNatStopped) = await nat;
        var (pairFacts, isPairStopped) = pair is null ? (null, false) : await pair;
        return new DoctorFacts
        {
            Local = _local.Facts(),
            Directory = directory,
            Relay = relay,
            Nat = natReport,
            Pair = pairFacts,
            IsStopped = isNatStopped || isPairStopped,
        };
    }

    private async Task<(NatReport Report, bool IsStopped)> ProbeAsync(
        bool hides,
        CancellationToken time,
        CancellationToken cancellationToken
    )
    {
        if (hides || !_options.Stun)
        {
            return (NatReport.NotRun(hides ? NatProbeState.Hidden : NatProbeState.Disabled), false);
        }

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(time, cancellationToken);
        try
        {
            return (await _nat.ProbeAsync(bounded.Token), false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (NatReport.NotRun(NatProbeState.NotFinished), true);
        }
    }
}
