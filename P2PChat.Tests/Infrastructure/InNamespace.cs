using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Opens sockets in a network namespace. A socket stays in the namespace in which it was opened, regardless of
/// the thread that uses it.
/// </summary>
internal static class InNamespace
{
    private const int NetworkNamespace = 0x40000000;

    /// <summary>Runs an action in the namespace, on a thread of its own.</summary>
    /// <exception cref="IOException">There is no such namespace.</exception>
    public static T Run<T>(string name, Func<T> action)
    {
        var result = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                Enter(name);
                result.SetResult(action());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Opens a TCP socket.</summary>
    public static Socket Tcp(string name, AddressFamily family = AddressFamily.InterNetwork) =>
        Run(name, () => new Socket(family, SocketType.Stream, ProtocolType.Tcp));

    /// <summary>Creates a client whose connections leave from the namespace.</summary>
    public static HttpClient Http(string name) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (context, cancellationToken) =>
                {
                    var socket = Tcp(name);
                    try
                    {
                        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    }
                    catch
                    {
                        socket.Dispose();
                        throw;
                    }
                },
            }
        );

    private static void Enter(string name)
    {
        using var file = File.OpenHandle($"/run/netns/{name}");
        if (SetNamespace((int)file.DangerousGetHandle(), NetworkNamespace) != 0)
        {
            throw new Win32Exception();
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(int file, int kind);
}
