using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Tests.Node.Storage;

public sealed class DiskReserveTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(GiB, 10, 100 * GiB, 99 * GiB, false)]
    [InlineData(GiB, 10, 100 * GiB, 10, true)]
    [InlineData(GiB, 10, 100 * GiB, 11, false)]
    [InlineData(GiB, 10, GiB, 10, true)]
    [InlineData(GiB, GiB / 2, 100 * GiB, 10, false)]
    public void Only_files_on_the_disk_of_the_store_take_its_reserve(
        long total,
        long free,
        long downloadsTotal,
        long downloadsFree,
        bool isReached
    )
    {
        var data = Path.GetFullPath("/data");
        var options = new PeerOptions { Username = "alice", Data = data };
        var reserve = new DiskReserve(options, folder =>
            folder.StartsWith(data, StringComparison.Ordinal) ? (free, total) : (downloadsFree, downloadsTotal)
        );

        Assert.Equal(isReached, reserve.IsReachedFor(Path.GetFullPath("/mnt/downloads")));
        Assert.Equal(free < GiB / 20, reserve.IsReachedFor(Path.Combine(data, "downloads")));
        Assert.Equal(free < GiB / 20, reserve.IsReachedFor(target: null));
    }

    [Fact]
    public void Disk_whose_size_cannot_be_read_has_no_reserve()
    {
        var options = new PeerOptions { Username = "alice", Data = "/data" };

        Assert.False(new DiskReserve(options, _ => throw new ArgumentException("A UNC path.")).IsReachedFor("/data"));
    }
}
