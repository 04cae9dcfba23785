namespace P2PChat.Protocol.Sessions;

/// <summary>The effects that a session has asked for and its caller has not taken yet.</summary>
internal sealed class SessionEffectQueue
{
    private List<SessionEffect> _effects = [];

    public void Add(SessionEffect effect) => _effects.Add(effect);

    /// <inheritdoc cref="PeerSession.TakeEffects"/>
    public bool Take(ref List<SessionEffect> effects)
    {
        effects.Clear();
        (effects, _effects) = (_effects, effects);
        return effects.Count > 0;
    }
}
