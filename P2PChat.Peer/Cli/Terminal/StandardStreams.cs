using System.Runtime.InteropServices;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The kind of standard input and output.</summary>
public enum StreamsKind
{
    /// <summary>The null device, or nothing. There will be no input.</summary>
    None,

    /// <summary>A pipe, a file or a dumb terminal, for plain lines.</summary>
    Pipe,

    /// <summary>An interactive terminal.</summary>
    Terminal,
}

/// <summary>Detects the kind of the standard streams, and turns on escape sequences (ECMA-48) on Windows.</summary>
public static class StandardStreams
{
    private const int StandardInput = -10;
    private const int StandardOutput = -11;
    private const uint CharacterDevice = 2;
    private const uint VirtualTerminalProcessing = 4;

    public static StreamsKind Detect()
    {
        if (System.Console.IsInputRedirected && IsNullInput())
        {
            return StreamsKind.None;
        }

        if (System.Console.IsInputRedirected || System.Console.IsOutputRedirected)
        {
            return StreamsKind.Pipe;
        }

        if (OperatingSystem.IsWindows())
        {
            return EnableEscapeSequences() ? StreamsKind.Terminal : StreamsKind.Pipe;
        }

        return Environment.GetEnvironmentVariable("TERM") is "dumb" ? StreamsKind.Pipe : StreamsKind.Terminal;
    }

    private static bool IsNullInput()
    {
        if (OperatingSystem.IsWindows())
        {
            // NUL is a character device, but not a console.
            var handle = GetStdHandle(StandardInput);
            return GetFileType(handle) == CharacterDevice && !GetConsoleMode(handle, out _);
        }

        if (OperatingSystem.IsLinux())
        {
            var link = new FileInfo("/proc/self/fd/0").LinkTarget;
            return link is null or "/dev/null";
        }

        // Elsewhere, a null device can seek and is empty.
        using var input = new FileStream(
            new Microsoft.Win32.SafeHandles.SafeFileHandle(0, ownsHandle: false),
            FileAccess.Read
        );
        return input.CanSeek && input.Length == 0;
    }

    private static bool EnableEscapeSequences()
    {
        var handle = GetStdHandle(StandardOutput);
        return GetConsoleMode(handle, out var mode) && SetConsoleMode(handle, mode | VirtualTerminalProcessing);
    }

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint GetStdHandle(int which);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint GetFileType(nint handle);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern bool GetConsoleMode(nint handle, out uint mode);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern bool SetConsoleMode(nint handle, uint mode);
}
