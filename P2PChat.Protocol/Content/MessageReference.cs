namespace P2PChat.Protocol.Content;

/// <summary>A message that another one refers to. Two messages may have the same id, one from each side.</summary>
/// <param name="Yours">Whether the receiver of the referring message sent it.</param>
public readonly record struct MessageReference(Guid Id, bool Yours);
