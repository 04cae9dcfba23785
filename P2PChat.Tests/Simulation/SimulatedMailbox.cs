using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The directory's mailboxes. Envelopes stay until they are deleted or 14 days old, and are delivered in any order,
/// once or twice.
/// </summary>
internal sealed class SimulatedMailbox
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(14);
    private readonly List<Envelope> _envelopes = [];
    private long _last;

    /// <summary>Whether an envelope has expired.</summary>
    public bool HasExpired { get; private set; }

    /// <summary>How often the directory has lost its disk, with all names and envelopes.</summary>
    public int Losses { get; private set; }

    public int Count => _envelopes.Count;

    public void Deposit(string from, string to, IReadOnlyList<Frame> frames, DateTimeOffset now) =>
        _envelopes.Add(new Envelope(++_last, from, to, frames, now));

    public IReadOnlyList<Envelope> Of(string name) => [.. _envelopes.Where(envelope => envelope.To == name)];

    public void Delete(long number) => _ = _envelopes.RemoveAll(envelope => envelope.Number == number);

    public void Expire(DateTimeOffset now) =>
        HasExpired |= _envelopes.RemoveAll(envelope => now - envelope.At >= Kept) > 0;

    /// <summary>Loses all envelopes, as when Redis loses its disk.</summary>
    public void LoseAll()
    {
        Losses++;
        _envelopes.Clear();
    }

    public sealed record Envelope(long Number, string From, string To, IReadOnlyList<Frame> Frames, DateTimeOffset At);
}
