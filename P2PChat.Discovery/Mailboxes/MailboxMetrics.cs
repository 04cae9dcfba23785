using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// The mailboxes' metrics: <c>p2pchat.directory.mailbox.*</c>, without names, capabilities or addresses.
/// </summary>
internal sealed class MailboxMetrics
{
    private readonly Counter<long> _deposits;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _collected;
    private readonly Counter<long> _deleted;
    private readonly Counter<long> _expired;
    private readonly UpDownCounter<long> _listeners;

    public MailboxMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _deposits = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.deposits",
            "{envelope}",
            "Attempted deposits of envelopes by outcome."
        );
        _bytes = meter.CreateCounter<long>("p2pchat.directory.mailbox.deposited", "By", "Bytes of accepted envelopes.");
        _collected = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.collected",
            "{envelope}",
            "Envelopes returned to their owners. One may be returned several times."
        );
        _deleted = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.deleted",
            "{envelope}",
            "Envelopes deleted by their owners."
        );
        _expired = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.expired",
            "{envelope}",
            "Envelopes deleted by this replica because they expired."
        );
        _listeners = meter.CreateUpDownCounter<long>(
            "p2pchat.directory.mailbox.signal_listeners",
            "{listener}",
            "Open signal streams."
        );
    }

    public void Deposited(int bytes)
    {
        CountDeposit("deposited");
        _bytes.Add(bytes);
    }

    public void Refused(string outcome) => CountDeposit(outcome);

    public void Collected(int envelopes) => _collected.Add(envelopes);

    public void Deleted(int envelopes) => _deleted.Add(envelopes);

    public void Expired(int envelopes) => _expired.Add(envelopes);

    public void ListenerOpened() => _listeners.Add(1);

    public void ListenerClosed() => _listeners.Add(-1);

    private void CountDeposit(string outcome) =>
        _deposits.Add(1, new KeyValuePair<string, object?>("outcome", Telemetry.Word(outcome)));
}
