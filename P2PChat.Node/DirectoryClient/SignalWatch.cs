using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Threading.Channels;
using P2PChat.Node.Model;
using P2PChat.Node.Timing;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Reads this peer's signals from the directory while the host runs, and passes them on. Opens the stream again when
/// it ends. The directory then reports waiting mail at once, so that none is missed.
/// </summary>
internal sealed partial class SignalWatch(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryRegistration registration,
    PathSignals paths,
    TimeProvider timeProvider,
    ILogger<SignalWatch> logger
) : BackgroundService
{
    // A stream that lasted this long was not refused.
    private static readonly TimeSpan LastingTime = TimeSpan.FromSeconds(10);

    // Nobody can ask this peer for a path without the stream, so the pauses are as short as those of a registration.
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), Jitter.HalfToWhole);

    private readonly ILogger<SignalWatch> _logger = logger;
    private readonly DirectoryHttp _http = new(clients, options);
    private readonly LeasedCalls _calls = new(registration, timeProvider);
    private readonly string _path = $"peers/{Username.Parse(options.Username).Value}/signals?paths=true";
    private readonly Channel<bool> _mail = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private volatile bool _isOpen;

    /// <summary>Has an item when there may be mail or a request to collect.</summary>
    public ChannelReader<bool> Mail => _mail.Reader;

    /// <summary>Whether the stream is open, so that this peer can be asked for paths.</summary>
    public bool IsOpen => _isOpen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        try
        {
            for (var failures = 1; ; failures++)
            {
                // A new lease ends the pause: the directory has restarted, or refused this peer before.
                var token = registration.LeaseToken;
                var openedAt = timeProvider.GetTimestamp();
                if (await ListenAsync(failures, stoppingToken) || timeProvider.GetElapsedTime(openedAt) >= LastingTime)
                {
                    failures = 1;
                }

                await WaitAsync(Retry.After(failures), token, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
    }

    /// <returns>Whether a signal was received.</returns>
    private async Task<bool> ListenAsync(int failures, CancellationToken cancellationToken)
    {
        var hasReceived = false;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Task.CompletedTask;
        try
        {
            string? used = null;
            await using var stream = await _calls.CallAsync(
                token => OpenAsync(used = token, over.Token),
                cancellationToken
            );
            watching = EndWithAsync(used, over);
            _isOpen = true;
            while (await stream.ReadAsync() is { } signal)
            {
                hasReceived = true;
                Dispatch(signal);
            }
        }
        catch (DirectoryException exception)
        {
            LogNotListening(exception.Failure, failures);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // This peer has registered again.
        }
        finally
        {
            _isOpen = false;
            await over.CancelAsync();
            await watching;
        }

        return hasReceived;
    }

    // A registration replaces the token. The directory would end the stream only at its next check of the token.
    private async Task EndWithAsync(string? token, CancellationTokenSource stream)
    {
        try
        {
            _ = await registration.WaitForNewTokenAsync(token, stream.Token);
            await stream.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
    }

    private void Dispatch(SseItem<string> signal)
    {
        switch (signal.EventType)
        {
            case SignalTypes.Mail:
                _ = _mail.Writer.TryWrite(true);
                break;
            case SignalTypes.Session:
                paths.OnSession(signal.Data);
                break;
            case SignalTypes.Path:
                paths.OnPath(signal.Data);
                break;
        }
    }

    private async Task<SignalStream> OpenAsync(string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await _http.OpenAsync(request, cancellationToken);
        return new SignalStream(
            response,
            await response.Content.ReadAsStreamAsync(cancellationToken),
            timeProvider,
            cancellationToken
        );
    }

    private async Task WaitAsync(TimeSpan pause, string? token, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = await Task.WhenAny(
            Task.Delay(pause, timeProvider, either.Token),
            registration.WaitForNewTokenAsync(token, either.Token)
        );
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    [LoggerMessage(LogLevel.Debug, "Signal stream could not be opened ({Failure}), {Failures} times in a row.")]
    private partial void LogNotListening(DirectoryFailure failure, int failures);
}
