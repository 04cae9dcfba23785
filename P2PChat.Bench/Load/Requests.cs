using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Bench.Load;

/// <summary>Builds HTTP requests to the directory.</summary>
internal static class Requests
{
    public static ReadOnlyMemory<byte> Get(string path) => Ascii(Head($"GET {path}"));

    /// <summary>A lookup by a registered peer.</summary>
    public static ReadOnlyMemory<byte> Find(string name, string leaseToken) =>
        Ascii(Head($"GET /peers/{name}", $"Authorization: Bearer {leaseToken}"));

    public static ReadOnlyMemory<byte> Renew(string name, string leaseToken) =>
        Ascii(Head($"POST /peers/{name}/lease", $"Authorization: Bearer {leaseToken}", "Content-Length: 0"));

    /// <summary>Grants a contact the right to deposit mail.</summary>
    public static ReadOnlyMemory<byte> Grant(string name, string leaseToken, string capabilityHash) =>
        Ascii(
            Head(
                $"PUT /peers/{name}/mailbox/capabilities/{capabilityHash}",
                $"Authorization: Bearer {leaseToken}",
                "Content-Length: 0"
            )
        );

    /// <summary>Deposits an envelope into a mailbox.</summary>
    /// <param name="capability">In base64url.</param>
    public static ReadOnlyMemory<byte> Deposit(string name, string capability, ReadOnlySpan<byte> envelope) =>
        (byte[])
            [
                .. Ascii(
                    Head(
                        $"POST /peers/{name}/mailbox",
                        $"{MailboxCapability.Header}: {capability}",
                        "Content-Type: application/octet-stream",
                        $"Content-Length: {envelope.Length}"
                    )
                ),
                .. envelope,
            ];

    /// <summary>A signed registration.</summary>
    /// <param name="endpoint">The address that the peer advertises.</param>
    public static ReadOnlyMemory<byte> Register(string name, BenchKey key, string directoryId, IPEndPoint endpoint)
    {
        var signed = key.Sign(
            new PeerRecord
            {
                Purpose = Purpose.Register,
                DirectoryId = ByteString.CopyFrom(Convert.FromHexString(directoryId)),
                Username = name,
                Sequence = key.NextSequence(),
                NotAfter = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds(),
                Devices =
                {
                    new Device
                    {
                        PublicKey = ByteString.CopyFrom(key.PublicKey),
                        Endpoints =
                        {
                            new Endpoint
                            {
                                Transport = Transport.Tcp,
                                Host = endpoint.Address.ToString(),
                                Port = (uint)endpoint.Port,
                            },
                        },
                    },
                },
            }
        );
        var body = JsonSerializer.Serialize(
            new SignedRecordBody(Base64(signed.Record), Base64(signed.Signature), Base64(signed.PublicKey)),
            DirectoryJson.Default.SignedRecordBody
        );
        return Ascii(
            Head($"PUT /peers/{name}", "Content-Type: application/json", $"Content-Length: {body.Length}") + body
        );
    }

    /// <summary>The value of a string property in a JSON response.</summary>
    public static string Value(string body, string field)
    {
        var begin = body.IndexOf($"\"{field}\":\"", StringComparison.Ordinal) + field.Length + 4;
        return body[begin..body.IndexOf('"', begin)];
    }

    private static string Base64(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.Span);

    private static string Head(string request, params string[] headers) =>
        string.Join("\r\n", [$"{request} HTTP/1.1", "Host: bench", .. headers, "", ""]);

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
