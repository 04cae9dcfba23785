using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The machines that exchange files with one peer. Holds frames until the transfers are loaded from the store. Guarded
/// by the session's lock.
/// </summary>
internal sealed class FileMachines
{
    // The other side asks again for what is dropped. The data of a part is valid only during the call.
    private const int MaxHeld = 256;

    private readonly Queue<Frame> _held = new();

    public FilePuller Puller { get; } = new();

    public FileServer Server { get; } = new();

    /// <summary>Whether the transfers are loaded.</summary>
    public bool IsReady { get; private set; }

    /// <returns>Whether it was handled.</returns>
    public bool Receive(Frame frame, DateTimeOffset now)
    {
        if (IsReady)
        {
            Handle(frame, now);
            return true;
        }

        if (_held.Count < MaxHeld && frame.BodyCase != Frame.BodyOneofCase.FilePart)
        {
            _held.Enqueue(frame);
        }

        return false;
    }

    /// <summary>Records that the transfers are loaded.</summary>
    /// <returns>The frames that were held, to receive them again.</returns>
    public IReadOnlyList<Frame> SetReady()
    {
        IsReady = true;
        var held = _held.ToList();
        _held.Clear();
        return held;
    }

    /// <summary>Records that there is no link.</summary>
    public void Disconnect()
    {
        _held.Clear();
        Puller.Disconnected();
        Server.Reset();
    }

    private void Handle(Frame frame, DateTimeOffset now)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.FileAsk:
                Server.Receive(frame.FileAsk);
                break;
            case Frame.BodyOneofCase.FilePart:
                Puller.Receive(frame.FilePart, now);
                break;
            case Frame.BodyOneofCase.FileStop:
                Server.Receive(frame.FileStop);
                Puller.Receive(frame.FileStop, now);
                break;
            case Frame.BodyOneofCase.FileDecision:
                if (!Puller.Receive(frame.FileDecision, now))
                {
                    Server.Receive(frame.FileDecision);
                }

                break;
        }
    }
}
