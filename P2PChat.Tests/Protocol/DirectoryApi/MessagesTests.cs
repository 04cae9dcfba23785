using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Protocol.DirectoryApi;

/// <summary>The JSON of the directory's API.</summary>
public sealed class MessagesTests
{
    private const string More = "\"tomorrow\": {\"x\": [1] }";

    [Fact]
    public void Unknown_fields_of_a_newer_directory_are_ignored()
    {
        Assert.Equal(
            new PeerDetails("alice", "A", true, DateTimeOffset.UnixEpoch, new SignedRecordBody("r", "s", "k")),
            Read(
                $$"""
                {"username":"alice","peerId":"A",{{More}},"online":true,"lastSeen":"1970-01-01T00:00:00Z",
                "signed":{"record":"r","signature":"s","publicKey":"k",{{More}} } }
                """,
                DirectoryJson.Default.PeerDetails
            )
        );
        Assert.Equal(
            new LeaseResponse(DateTimeOffset.UnixEpoch, 10),
            Read(
                $$"""{"leaseExpiresAt":"1970-01-01T00:00:00Z","renewAfterSeconds":10,{{More}} }""",
                DirectoryJson.Default.LeaseResponse
            )
        );
        Assert.Equal(
            new RegistrationResponse("alice", "A", "t", DateTimeOffset.UnixEpoch, 10),
            Read(
                $$"""
                {"username":"alice","peerId":"A","leaseToken":"t","leaseExpiresAt":"1970-01-01T00:00:00Z",
                "renewAfterSeconds":10,{{More}} }
                """,
                DirectoryJson.Default.RegistrationResponse
            )
        );
        Assert.Equal(
            new DirectoryLimits(8192, 1000, 30, 30, 300),
            Read(
                $$"""
                {"directoryId":"00","version":"9","limits":{"registrationBodyBytes":8192,"pageSize":1000,
                "leaseSeconds":30,"claimDays":30,"clockSkewSeconds":300,{{More}} },{{More}} }
                """,
                DirectoryJson.Default.DirectoryInfo
            ).Limits
        );
        Assert.Equal(
            new PeerSummary("alice", "A", true, DateTimeOffset.UnixEpoch),
            Assert.Single(
                Read(
                    $$"""
                    {"peers":[{"username":"alice","peerId":"A","online":true,"lastSeen":"1970-01-01T00:00:00Z",
                    {{More}} }],"next":null,{{More}} }
                    """,
                    DirectoryJson.Default.PeerListing
                ).Peers
            )
        );
    }

    private static T Read<T>(string json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json, type)!;
}
