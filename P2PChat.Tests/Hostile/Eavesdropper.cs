using System.Net;
using System.Net.Sockets;

namespace P2PChat.Tests.Hostile;

/// <summary>A relay between two peers that records every byte and can modify them.</summary>
internal sealed class Eavesdropper : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly MemoryStream _seen = new();
    private readonly MemoryStream _fromDialler = new();
    private readonly Lock _gate = new();
    private bool _spoils;

    public Eavesdropper()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>All recorded bytes, in both directions.</summary>
    public byte[] Seen
    {
        get
        {
            lock (_gate)
            {
                return _seen.ToArray();
            }
        }
    }

    /// <summary>Bytes sent by the dialling side.</summary>
    public byte[] FromDialler
    {
        get
        {
            lock (_gate)
            {
                return _fromDialler.ToArray();
            }
        }
    }

    /// <summary>Flips a bit of everything from now on.</summary>
    public void Spoil() => Volatile.Write(ref _spoils, true);

    /// <summary>Relays connections to a local port until it is disposed.</summary>
    public async Task RunAsync(int to)
    {
        while (true)
        {
            Socket caller;
            try
            {
                caller = await _listener.AcceptAsync();
            }
            catch (SocketException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            var called = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await called.ConnectAsync(IPAddress.Loopback, to);
            _ = Task.WhenAll(
                CarryAsync(caller, called, fromDialler: true),
                CarryAsync(called, caller, fromDialler: false)
            );
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task CarryAsync(Socket from, Socket to, bool fromDialler)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var length and > 0)
            {
                lock (_gate)
                {
                    _seen.Write(buffer, 0, length);
                    if (fromDialler)
                    {
                        _fromDialler.Write(buffer, 0, length);
                    }
                }

                if (Volatile.Read(ref _spoils))
                {
                    buffer[length - 1] ^= 1;
                }

                await to.SendAsync(buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One side has closed, so the other is closed too.
        }

        from.Dispose();
        to.Dispose();
    }
}
