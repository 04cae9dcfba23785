namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// The directory's time: the <c>Date</c> of its last good answer (RFC 9110, section 6.6.1) plus the time since then by the
/// monotonic clock. Thread-safe.
/// </summary>
internal sealed class DirectoryTime(TimeProvider clock)
{
    // A registered peer gets a new reading every 10 s.
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private (DateTimeOffset Time, long At)? _reading;

    /// <summary>Null without a fresh reading.</summary>
    public DateTimeOffset? Now
    {
        get
        {
            lock (_gate)
            {
                return _reading is var (time, at) && clock.GetElapsedTime(at) is var since && since < FreshFor
                    ? time + since
                    : null;
            }
        }
    }

    /// <summary>Records a reading. Ignores one so extreme that time differences would overflow.</summary>
    public void Note(DateTimeOffset time)
    {
        if (time.Year is < 1970 or > 9000)
        {
            return;
        }

        lock (_gate)
        {
            _reading = (time, clock.GetTimestamp());
        }
    }

    /// <summary>Reads the time from each good answer.</summary>
    internal sealed class Handler(DirectoryTime directory) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode && response.Headers.Date is { } date)
            {
                directory.Note(date);
            }

            return response;
        }
    }
}
