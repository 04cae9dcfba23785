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

    public void Receive(Frame frame, DateTimeOffset now)
    {
        if (IsReady)
        {
            Handle(frame, now);
        }
        else if (_held.Count < MaxHeld && frame.BodyCase != Frame.BodyOneofCase.FilePart)
        {
            _held.Enqueue(frame);
        }
    }

    /// <summary>Records that the transfers are loaded, and receives the frames that were held.</summary>
    public void SetReady(DateTimeOffset now)
    {
        IsReady = true;
        while (_held.TryDequeue(out var frame))
        {
            Handle(frame, now);
        }
    }

    /// <summary>Records that there is no link. The transfers are loaded again for the next.</summary>
    public void Disconnect()
    {
        IsReady = false;
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
