namespace P2PChat.Tests.Simulation;

/// <summary>Deliberate bugs of the simulated peers, which the checker must detect.</summary>
internal enum TestFault
{
    None,

    /// <summary>Acknowledges before the commit.</summary>
    AckBeforeCommit,

    /// <summary>Treats a deposit as an acknowledgement.</summary>
    DepositAcknowledges,

    /// <summary>Stores duplicates.</summary>
    DedupOff,

    /// <summary>Reports events and deletes mail before changes that are not binding are committed.</summary>
    ToldBeforeCommit,

    /// <summary>Ignores lost mailboxes.</summary>
    LossIgnored,

    /// <summary>Omits the checksums.</summary>
    CopyUnnoticed,

    /// <summary>Omits the acknowledged position.</summary>
    LossUnnoticed,

    /// <summary>Creates epochs without their random part.</summary>
    EpochWithoutChance,

    /// <summary>Omits the answer to a request by mail.</summary>
    AnswerOmitted,

    /// <summary>Answers each typing notice with another.</summary>
    AnswersForever,

    /// <summary>Omits the content of messages.</summary>
    ContentOmitted,

    /// <summary>Erases what disappears by the peer's clock alone.</summary>
    OneClockTrusted,

    /// <summary>Keeps an earlier version of a message that disappears.</summary>
    VersionKept,
}
