using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Simulation;

/// <summary>A file of a <see cref="SealedCopySimulation"/>, and what has happened to it.</summary>
/// <param name="sequence">Of its message.</param>
internal sealed class SimulatedCopyFile(int number, ulong sequence, byte[] content)
{
    public int Number => number;

    public ulong Sequence => sequence;

    public byte[] Content => content;

    public Guid Id { get; } = Guid.CreateVersion7();

    public FileOffer? Offer { get; set; }

    /// <summary>Its id at the directory.</summary>
    public string Place => Offer!.Copy!.IdAtDirectory;

    /// <summary>Whether its message is in the sender's outbox, and not lost with a restore.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether the receiver has its message.</summary>
    public bool HasArrived { get; set; }

    /// <summary>Whether the receiver has deleted its message on its side, so that no card shows it.</summary>
    public bool IsDeletedHere { get; set; }

    /// <summary>When the directory deletes it, as it has said last; null if it has never stored it.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Why it may only come over a link; null if it must come without.</summary>
    public string? NeedsLink { get; set; }

    /// <summary>How often the receiver has completed it.</summary>
    public int Completions { get; set; }

    public override string ToString() => $"File {number} of {content.Length} bytes";
}
