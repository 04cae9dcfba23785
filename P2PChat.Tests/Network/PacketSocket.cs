using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace P2PChat.Tests.Network;

/// <summary>
/// Receives and sends whole packets of a network device (packet(7)). Create it in the device's namespace.
/// </summary>
internal sealed class PacketSocket : IDisposable
{
    /// <summary>The largest packet: 64 KiB, which the kernel cuts later, with its headers.</summary>
    public const int MaxPacket = 65536 + 256;

    private const int PacketFamily = 17;
    private const int RawType = 3 | CloseOnExec;
    private const int CloseOnExec = 0x80000;
    private const ushort AllProtocols = 3;
    private const int SocketLevel = 1;
    private const int ReceiveTimeout = 20;
    private const int ReceiveBuffer = 33;
    private const int PacketLevel = 263;
    private const int VirtioHeader = 15;
    private const int IgnoreOutgoing = 23;

    private readonly int _socket;

    public PacketSocket(string device)
    {
        // Without a protocol nothing is received before the socket is bound to the device.
        _socket = Check(Open(PacketFamily, RawType, 0));

        // The header tells which checksums and segments the kernel has left for later; it is passed on with the packet.
        Set(PacketLevel, VirtioHeader, [1, 0, 0, 0]);
        Set(PacketLevel, IgnoreOutgoing, [1, 0, 0, 0]);

        // A tenth of a second, after which the reader looks whether it is to end.
        var timeout = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(timeout.AsSpan(8), 100_000);
        Set(SocketLevel, ReceiveTimeout, timeout);

        // A burst must not be lost before the line has decided.
        Set(SocketLevel, ReceiveBuffer, BitConverter.GetBytes(16 << 20));

        var address = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(address, PacketFamily);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), AllProtocols);
        BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(4), IndexOf(device));
        _ = Check(Bind(_socket, address, address.Length));
    }

    /// <summary>Returns the packet's length; 0 or less if none came within a tenth of a second.</summary>
    public int Receive(byte[] buffer) => (int)Read(_socket, buffer, buffer.Length, 0);

    /// <summary>Sends a packet; one that does not fit into the device's queue is lost.</summary>
    public void Send(byte[] packet) => _ = Write(_socket, packet, packet.Length, 0);

    public void Dispose() => _ = Close(_socket);

    private void Set(int level, int option, byte[] value) =>
        _ = Check(SetOption(_socket, level, option, value, value.Length));

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception();

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int socket, int level, int option, byte[] value, int length);

    [DllImport("libc", EntryPoint = "bind", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Bind(int socket, byte[] address, int length);

    [DllImport("libc", EntryPoint = "recv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(int socket, byte[] buffer, nint length, int flags);

    [DllImport("libc", EntryPoint = "send")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int socket, byte[] packet, nint length, int flags);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int socket);

    [DllImport("libc", EntryPoint = "if_nametoindex", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint IndexOf([MarshalAs(UnmanagedType.LPStr)] string device);
}
