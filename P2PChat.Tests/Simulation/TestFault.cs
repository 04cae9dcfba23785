namespace P2PChat.Tests.Simulation;

/// <summary>What the simulated shell does wrong on purpose, to see that the checker finds it.</summary>
internal enum TestFault
{
    None,

    /// <summary>It acknowledges what it has not committed.</summary>
    AckBeforeCommit,

    /// <summary>It takes a deposit for the receiver's acknowledgement.</summary>
    ClearedOnDeposit,

    /// <summary>It keeps what comes again.</summary>
    DedupOff,

    /// <summary>It does not wait for what is not binding before it tells its person, or deletes mail.</summary>
    ToldBeforeCommit,

    /// <summary>It does not mind that the mailboxes were lost.</summary>
    LossIgnored,

    /// <summary>It does not say which messages it has taken under its numbers.</summary>
    CopyUnnoticed,

    /// <summary>It does not say what it holds for acknowledged.</summary>
    LossUnnoticed,

    /// <summary>What is to be random in its epochs is not.</summary>
    EpochWithoutChance,

    /// <summary>It answers each typing notice with one of its own.</summary>
    AnswersForever,
}
