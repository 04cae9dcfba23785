using System.Text.Json;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Api;

public sealed class FileMappingTests
{
    private static readonly FileTransfer Active = new(
        Username.Parse("bob"),
        Guid.Parse("0190f8a2-b3c4-7d5e-8f00-000000000001"),
        IsOurs: false,
        "report.pdf",
        Size: 1000,
        "application/pdf",
        TransferState.Active,
        TransferProblem.None,
        Done: 400
    );

    [Fact]
    public void Active_transfer_has_its_rate_and_the_time_left()
    {
        var item = (Active with { Rate = 50 }).ToContract();

        Assert.Equal(
            new FileItem(
                Active.Id,
                "bob",
                Yours: false,
                "report.pdf",
                1000,
                "application/pdf",
                FileState.Active,
                400,
                Rate: 50,
                SecondsLeft: 12
            ),
            item
        );
        Assert.EndsWith(
            "\"state\":\"active\",\"done\":400,\"pausedByThem\":false,\"rate\":50,\"secondsLeft\":12}",
            JsonSerializer.Serialize(item, ApiJson.Default.FileItem),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    public void Transfer_that_does_not_move_has_no_time_left(long? rate)
    {
        var item = (Active with { Rate = rate }).ToContract();

        Assert.Equal((rate, null), (item.Rate, item.SecondsLeft));
        Assert.DoesNotContain(
            "secondsLeft",
            JsonSerializer.Serialize(item, ApiJson.Default.FileItem),
            StringComparison.Ordinal
        );
    }
}
