namespace P2PChat.Discovery.Access;

/// <summary>Endpoint metadata: the body is a signed record, and its signer may be a member.</summary>
/// <param name="WithJoinCode">Whether a key that is not a member may send a join code to become one.</param>
internal sealed record AdmitsSigner(bool WithJoinCode);

/// <summary>Endpoint metadata: a capability of the mailbox in the path is enough.</summary>
internal sealed record AdmitsCapability;

/// <summary>Request feature: the caller was admitted because it holds the lease of this member.</summary>
internal sealed record MemberAccess(string PeerId);
