namespace P2PChat.Peer.Web.Model;

/// <summary>
/// Tracks the messages that a page is sending. Meanwhile, the page loads no newer messages: they would include those
/// that the script has already drawn. Not thread-safe.
/// </summary>
internal sealed class OutgoingMessages
{
    private int _sending;
    private bool _isBehind;

    /// <summary>The highest of the script's numbers whose message is in the list; null before the first.</summary>
    public int? Shown { get; private set; }

    public void Begin() => _sending++;

    public void End() => _sending--;

    public void OnShown(int number) => Shown = Math.Max(Shown ?? 0, number);

    /// <summary>Returns whether loading newer messages must wait until those being sent are shown.</summary>
    public bool Delays()
    {
        _isBehind |= _sending > 0;
        return _sending > 0;
    }

    /// <summary>Returns whether newer messages must be loaded now.</summary>
    public bool TakeDelayed()
    {
        var isBehind = _isBehind;
        _isBehind = false;
        return isBehind;
    }
}
