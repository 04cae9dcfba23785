using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A peer's mail metrics since this object was created.</summary>
internal sealed class MailCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = [];

    public MailCounts(PeerUnderTest peer)
    {
        var meters = peer.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, self) =>
        {
            // Not the peers of other tests.
            if (instrument.Name == "p2pchat.peer.mail" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(
            (_, value, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, value, (_, before) => before + value)
        );
        _listener.Start();
    }

    public long Deposited => _counts.GetValueOrDefault("deposited");

    /// <summary>How often the directory refused an envelope, or did not answer.</summary>
    public long NotDeposited => _counts.GetValueOrDefault("not_deposited");

    public long Collected => _counts.GetValueOrDefault("collected");

    public void Dispose() => _listener.Dispose();
}
