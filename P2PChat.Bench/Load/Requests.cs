using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Bench.Load;

/// <summary>The bytes of requests to the directory.</summary>
internal static class Requests
{
    public static ReadOnlyMemory<byte> Get(string path) => Bytes($"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");

    /// <summary>A lookup by somebody who is registered.</summary>
    public static ReadOnlyMemory<byte> Find(string name, string leaseToken) =>
        Bytes($"GET /peers/{name} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {leaseToken}\r\n\r\n");

    public static ReadOnlyMemory<byte> Renew(string name, string leaseToken) =>
        Bytes(
            $"POST /peers/{name}/lease HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {leaseToken}\r\nContent-Length: 0\r\n\r\n"
        );

    /// <summary>Gives a contact the right to leave mail.</summary>
    public static ReadOnlyMemory<byte> Grant(string name, string leaseToken, string capabilityHash) =>
        Bytes(
            $"PUT /peers/{name}/mailbox/capabilities/{capabilityHash} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {leaseToken}\r\nContent-Length: 0\r\n\r\n"
        );

    /// <summary>Leaves mail.</summary>
    /// <param name="capability">In base64url.</param>
    public static ReadOnlyMemory<byte> Deposit(string name, string capability, ReadOnlySpan<byte> envelope) =>
        (byte[])
            [
                .. Encoding.ASCII.GetBytes(
                    $"POST /peers/{name}/mailbox HTTP/1.1\r\nHost: bench\r\n{MailboxCapability.Header}: {capability}\r\nContent-Type: application/octet-stream\r\nContent-Length: {envelope.Length}\r\n\r\n"
                ),
                .. envelope,
            ];

    /// <summary>A registration, signed.</summary>
    /// <param name="endpoint">Where the peer says that it listens.</param>
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
        return Bytes(
            $"PUT /peers/{name} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"
        );
    }

    /// <summary>The value of a string in an answer's JSON.</summary>
    public static string Value(string body, string field)
    {
        var begin = body.IndexOf($"\"{field}\":\"", StringComparison.Ordinal) + field.Length + 4;
        return body[begin..body.IndexOf('"', begin)];
    }

    private static string Base64(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.Span);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
