using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Mailbox;

/// <summary>What the mailboxes count: <c>p2pchat.directory.mailbox.*</c>. No name, no capability, no address.</summary>
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
            "Envelopes that were brought, by outcome."
        );
        _bytes = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.deposited",
            "By",
            "Bytes of envelopes that were taken in."
        );
        _collected = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.collected",
            "{envelope}",
            "Envelopes shown to their owners; one may be shown again."
        );
        _deleted = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.deleted",
            "{envelope}",
            "Envelopes that their owners deleted."
        );
        _expired = meter.CreateCounter<long>(
            "p2pchat.directory.mailbox.expired",
            "{envelope}",
            "Envelopes that nobody collected in time, cleared away by this replica."
        );
        _listeners = meter.CreateUpDownCounter<long>(
            "p2pchat.directory.mailbox.signal_listeners",
            "{listener}",
            "Streams of signals that are open."
        );
    }

    public void Deposited(int bytes)
    {
        Deposit("deposited");
        _bytes.Add(bytes);
    }

    public void Refused(string outcome) => Deposit(outcome);

    public void Collected(int envelopes) => _collected.Add(envelopes);

    public void Deleted(int envelopes) => _deleted.Add(envelopes);

    public void Expired(int envelopes) => _expired.Add(envelopes);

    public void ListenerOpened() => _listeners.Add(1);

    public void ListenerClosed() => _listeners.Add(-1);

    private void Deposit(string outcome) =>
        _deposits.Add(1, new KeyValuePair<string, object?>("outcome", Telemetry.Word(outcome)));
}
