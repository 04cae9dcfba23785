namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>coturn's server, an independent implementation.</summary>
internal static class Coturn
{
    /// <summary>A STUN server on 127.0.0.1 and 127.0.0.2, as RFC 5780 needs it.</summary>
    public static string[] Command(int port, int otherPort) =>
        [
            "turnserver",
            "-n",
            "--no-auth",
            "-L",
            "127.0.0.1",
            "-L",
            "127.0.0.2",
            "-p",
            $"{port}",
            $"--alt-listening-port={otherPort}",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--log-file=stdout",
            "--simple-log",
            "--pidfile=/dev/null",
        ];
}
