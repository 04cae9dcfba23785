using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Relay;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Relay.Legs;

/// <summary>Path sessions for tests of the relay, and the peers' way to it.</summary>
internal static class RelayFixture
{
    public const string Path = "/relay/sessions/";

    /// <summary>Starts a directory that speaks TLS itself, without a proxy.</summary>
    public static async Task<DirectoryFixture> StartWithTlsAsync()
    {
        using var files = new TempDirectory();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
        var (path, keyPath) = ($"{files.Path}/directory.pem", $"{files.Path}/directory.key");
        await System.IO.File.WriteAllTextAsync(path, certificate.ExportCertificatePem());
        await System.IO.File.WriteAllTextAsync(keyPath, key.ExportPkcs8PrivateKeyPem());
        return await DirectoryFixture.StartAsync(
            "urls=https://127.0.0.1:0",
            $"Kestrel:Certificates:Default:Path={path}",
            $"Kestrel:Certificates:Default:KeyPath={keyPath}",
            "Directory:Relay:BytesPerSecond=0"
        );
    }

    /// <summary>Starts a session at a replica.</summary>
    /// <param name="caller">The caller's PeerId; another one each time if it is null.</param>
    public static Tokens NewSession(this DirectoryFixture directory, string? caller = null)
    {
        var (session, callerToken, calleeToken) = directory
            .Services.GetRequiredService<PathSessionTable>()
            .Start(
                new PathParty(Username.Parse("alice"), caller ?? Guid.NewGuid().ToString(), ObservedAddress: null),
                new PathParty(Username.Parse("bob"), Guid.NewGuid().ToString(), ObservedAddress: null),
                "127.0.0.1",
                new SignedPath(default, default, default)
            );
        return new Tokens(session.Id, callerToken, calleeToken);
    }

    public static Task<RelayStream> OpenAsync(this DirectoryFixture directory, string sessionId, string token) =>
        Connector(directory.Address).OpenAsync(sessionId, token, CancellationToken.None);

    /// <summary>Opens both legs of a new session.</summary>
    public static async Task<(RelayStream Caller, RelayStream Callee)> PairAsync(this DirectoryFixture directory)
    {
        var session = directory.NewSession();
        return (
            await directory.OpenAsync(session.Id, session.Caller),
            await directory.OpenAsync(session.Id, session.Callee)
        );
    }

    /// <summary>Opens a leg without a WebSocket client, so that a test can send any bytes.</summary>
    public static async Task<Socket> OpenRawAsync(this DirectoryFixture directory, string sessionId, string token)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, directory.Address.Port);
        var request =
            $"GET {Path}{sessionId} HTTP/1.1\r\nHost: directory\r\nAuthorization: Bearer {token}\r\n"
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Protocol: p2pchat-relay\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        var one = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Assert.Equal(1, await socket.ReceiveAsync(one));
            answer.Append((char)one[0]);
        }

        Assert.StartsWith("HTTP/1.1 101 ", answer.ToString(), StringComparison.Ordinal);
        // The answer to the key, as RFC 6455, section 1.3, has it.
        Assert.Contains(
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            answer.ToString(),
            StringComparison.Ordinal
        );
        return socket;
    }

    public static RelayConnector Connector(Uri directory, Func<HttpMessageHandler>? handler = null) =>
        new(new Clients(directory, handler), new PeerOptions { Discovery = directory.ToString() });

    /// <summary>A client's frame with a random mask (RFC 6455, section 5.2).</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload, byte first = 0x82)
    {
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)payload.Length],
            <= ushort.MaxValue => [126, 0, 0],
            _ => [127, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        if (length.Length == 3)
        {
            BinaryPrimitives.WriteUInt16BigEndian(length.AsSpan(1), (ushort)payload.Length);
        }
        else if (length.Length == 9)
        {
            BinaryPrimitives.WriteUInt64BigEndian(length.AsSpan(1), (ulong)payload.Length);
        }

        length[0] |= 0x80;
        var mask = RandomNumberGenerator.GetBytes(4);
        return [first, .. length, .. mask, .. payload.ToArray().Select((value, i) => (byte)(value ^ mask[i % 4]))];
    }

    /// <summary>Reads exactly as many bytes.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    [SuppressMessage(
        "Security",
        "CA5359:Do Not Disable Certificate Validation",
        Justification = "The test's own server on loopback has a self-signed certificate."
    )]
    private static SocketsHttpHandler NewHandler() =>
        new() { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };

    internal sealed record Tokens(string Id, string Caller, string Callee);

    private sealed class Clients(Uri directory, Func<HttpMessageHandler>? handler) : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) =>
            new(handler?.Invoke() ?? NewHandler()) { BaseAddress = directory };
    }
}
