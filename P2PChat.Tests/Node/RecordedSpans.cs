using System.Collections.Concurrent;
using System.Diagnostics;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node;

/// <summary>Records the spans that end in this process: ours, the HTTP client's and the HTTP server's.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private static readonly string[] Sources = [Telemetry.Name, "System.Net.Http", "Microsoft.AspNetCore"];

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public RecordedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => Sources.Contains(source.Name),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IEnumerable<Activity> All => _ended;

    /// <summary>Waits for a span of that name with that parent, in its parent's trace.</summary>
    public Task<Activity> ChildOf(Activity parent, string name) =>
        Expect(
            name,
            span => span.TraceId == parent.TraceId && span.ParentSpanId == parent.SpanId,
            $"below {parent.OperationName}"
        );

    public async Task<Activity> Expect(string name, Func<Activity, bool> matches, string which)
    {
        Activity? found = null;
        await Eventually.True(
            () => (found = _ended.FirstOrDefault(span => span.OperationName == name && matches(span))) is not null,
            PeerUnderTest.Soon,
            $"there is a span {name} {which}"
        );
        return found!;
    }

    public void Dispose() => _listener.Dispose();
}
