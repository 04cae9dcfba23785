namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// The directory's time: the <c>Date</c> of its last successful answer (RFC 9110, section 6.6.1) plus the time since
/// then by the monotonic clock. Thread-safe.
/// </summary>
internal sealed class DirectoryTime(TimeProvider timeProvider)
{
    // A registered peer gets a new reading every 10 s.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private (DateTimeOffset Time, long At, bool IsLocal)? _reading;

    /// <summary>Null without a recent reading.</summary>
    public DateTimeOffset? Now => Recent is var (time, age, _) ? time + age : null;

    /// <summary>The directory's time and the age of the reading; null if it is this machine's own time.</summary>
    public (DateTimeOffset Now, TimeSpan Age)? Independent =>
        Recent is (var time, var age, IsLocal: false) ? (time + age, age) : null;

    private (DateTimeOffset Time, TimeSpan Age, bool IsLocal)? Recent
    {
        get
        {
            lock (_gate)
            {
                return _reading is var (time, at, isLocal) && timeProvider.GetElapsedTime(at) is var age && age < MaxAge
                    ? (time, age, isLocal)
                    : null;
            }
        }
    }

    /// <summary>Takes a reading, unless it is so extreme that time differences would overflow.</summary>
    /// <param name="isLocal">Whether the directory runs on this machine.</param>
    public void Note(DateTimeOffset time, bool isLocal = false)
    {
        if (time.Year is < 1970 or > 9000)
        {
            return;
        }

        lock (_gate)
        {
            _reading = (time, timeProvider.GetTimestamp(), isLocal);
        }
    }

    /// <summary>Takes a reading from each successful answer.</summary>
    internal sealed class Handler(DirectoryTime directoryTime) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode && response.Headers.Date is { } date)
            {
                directoryTime.Note(date, request.RequestUri is { IsLoopback: true });
            }

            return response;
        }
    }
}
