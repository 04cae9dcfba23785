using System.Diagnostics.Metrics;

namespace P2PChat.Tests.Node;

/// <summary>Counts what one metric of a directory measures from now on.</summary>
internal sealed class DirectoryCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public DirectoryCounts(RestartableDirectory directory, string name)
    {
        var meters = directory.Meters;
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _ = Interlocked.Add(ref _count, value));
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
