namespace P2PChat.Node.Model;

/// <summary>How a link reaches the other peer. The members are in order of preference.</summary>
public enum PathKind
{
    /// <summary>By an address that was found on the local network, without the directory.</summary>
    Lan,

    /// <summary>By a TCP connect from one side to an address of the other.</summary>
    Direct,

    /// <summary>Through the NATs or firewalls of both sides, which connected at the same time.</summary>
    Punched,

    /// <summary>Through the directory's relay, which sees only ciphertext.</summary>
    Relayed,
}
