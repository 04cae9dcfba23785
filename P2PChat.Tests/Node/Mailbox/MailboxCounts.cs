using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A directory's mailbox metrics since this object was created.</summary>
internal sealed class MailboxCounts : IDisposable
{
    private const string Prefix = "p2pchat.directory.mailbox.";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = [];

    public MailboxCounts(RestartableDirectory directory)
    {
        var meters = directory.Meters;
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (
                instrument.Name.StartsWith(Prefix, StringComparison.Ordinal)
                && ReferenceEquals(instrument.Meter.Scope, meters)
            )
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(
            (instrument, value, _, _) =>
                _counts.AddOrUpdate(
                    // Decrements are counted separately.
                    value < 0
                        ? instrument.Name + "-"
                        : instrument.Name,
                    value,
                    (_, before) => before + value
                )
        );
        _listener.Start();
    }

    /// <summary>Attempts to deposit an envelope.</summary>
    public long Deposits => _counts.GetValueOrDefault(Prefix + "deposits");

    /// <summary>Envelopes that were sent to their owners.</summary>
    public long Shown => _counts.GetValueOrDefault(Prefix + "collected");

    public long Deleted => _counts.GetValueOrDefault(Prefix + "deleted");

    /// <summary>Signal streams that were opened.</summary>
    public long StreamsOpened => _counts.GetValueOrDefault(Prefix + "signal_listeners");

    public void Dispose() => _listener.Dispose();
}
