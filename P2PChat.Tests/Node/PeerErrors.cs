using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace P2PChat.Tests.Node;

/// <summary>Counts one kind of a peer's errors since this object was created, by the metric.</summary>
internal sealed class PeerErrors : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public PeerErrors(PeerUnderTest peer, string kind)
    {
        var meters = peer.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "p2pchat.peer.errors" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(
            (_, value, tags, _) =>
            {
                foreach (var (name, tag) in tags)
                {
                    if (name == "kind" && (string?)tag == kind)
                    {
                        _ = Interlocked.Add(ref _count, value);
                    }
                }
            }
        );
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
