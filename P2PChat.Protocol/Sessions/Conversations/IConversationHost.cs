namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Receives the effects of a <see cref="Conversation"/> in order.</summary>
internal interface IConversationHost
{
    /// <summary>Whether the other side may send nothing but events of rooms.</summary>
    bool IsForRooms { get; }

    /// <summary>Adds an effect after all earlier ones.</summary>
    void Emit(SessionEffect effect);

    /// <summary>Records that the other side's Resume arrived on a link, which shows that the link works.</summary>
    void OnResumed(int link);

    /// <summary>Ends a link on which the other side broke the protocol. Always the last call of a step.</summary>
    void OnViolation(int link);
}
