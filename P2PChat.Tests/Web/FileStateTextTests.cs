using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

/// <summary>What the page says about files that wait. <see cref="FilePageTests"/> shows cards in a browser.</summary>
public sealed class FileStateTextTests
{
    [Theory]
    [InlineData(CopyState.Stored, CopyProblem.None, "Waiting for Bob, also while you are away")]
    [InlineData(CopyState.Waiting, CopyProblem.None, "Waiting for Bob to accept")]
    [InlineData(
        CopyState.Waiting,
        CopyProblem.DirectoryFull,
        "Waiting for Bob: the directory has no room. Your peer tries again"
    )]
    [InlineData(
        CopyState.None,
        CopyProblem.TooLarge,
        "Waiting for Bob: the file is too large for the directory, so you must both be online"
    )]
    [InlineData(
        CopyState.None,
        CopyProblem.Changed,
        "Waiting for Bob: the file has changed since you sent it. Send it again"
    )]
    [InlineData(
        CopyState.Waiting,
        CopyProblem.NoMailbox,
        "Waiting for Bob: Bob accepts no files at the directory, so you must both be online"
    )]
    [InlineData(
        CopyState.Waiting,
        CopyProblem.TooSlow,
        "Waiting for Bob: the upload takes too long on this connection. Your peer tries again later"
    )]
    public void Offer_says_where_the_file_waits(CopyState state, CopyProblem problem, string expected) =>
        Assert.Equal(expected, TextOf(TransferState.Offered, isOurs: true, new FileCopy(state, problem)));

    [Theory]
    [InlineData(CopyState.None, CopyProblem.TooLarge, "Waiting for Bob to accept")]
    [InlineData(CopyState.Waiting, CopyProblem.Unreachable, "Waiting for Bob to accept")]
    [InlineData(
        CopyState.None,
        CopyProblem.Changed,
        "Waiting for Bob: the file has changed since you sent it. Send it again"
    )]
    public void Connected_receiver_needs_no_directory(CopyState state, CopyProblem problem, string expected) =>
        Assert.Equal(
            expected,
            TextOf(TransferState.Offered, isOurs: true, new FileCopy(state, problem), isConnected: true)
        );

    [Fact]
    public void File_without_a_copy_waits_for_its_receiver() =>
        Assert.Equal("Waiting for Bob to accept", TextOf(TransferState.Offered, isOurs: true, copy: null));

    [Theory]
    [InlineData(CopyState.Waiting, CopyProblem.None, "Waiting at the directory")]
    [InlineData(CopyState.Waiting, CopyProblem.Unreachable, "The directory cannot be reached. Your peer tries again")]
    [InlineData(CopyState.None, CopyProblem.None, "Waiting for Bob to come online")]
    [InlineData(CopyState.Waiting, CopyProblem.NotThereYet, "Not at the directory yet. Bob may have to come online")]
    public void Accepted_file_says_where_it_comes_from(CopyState state, CopyProblem problem, string expected) =>
        Assert.Equal(expected, TextOf(TransferState.Active, isOurs: false, new FileCopy(state, problem)));

    [Theory]
    [InlineData(TransferState.Paused, TransferProblem.None, "Paused")]
    [InlineData(TransferState.Paused, TransferProblem.DiskFull, "The disk is full. Free some space, then resume.")]
    [InlineData(
        TransferState.Paused,
        TransferProblem.NotWritable,
        "Cannot write to the download folder. Check it. Your peer tries again."
    )]
    [InlineData(TransferState.Cancelled, TransferProblem.None, "Cancelled before the whole file was sent.")]
    [InlineData(TransferState.Declined, TransferProblem.None, "You declined this file.")]
    [InlineData(
        TransferState.Failed,
        TransferProblem.Changed,
        "Bob has changed the file since offering it. Ask Bob to send it again."
    )]
    [InlineData(
        TransferState.Failed,
        TransferProblem.WrongData,
        "Bob's peer sent different data than it offered. The file was discarded."
    )]
    [InlineData(
        TransferState.Failed,
        TransferProblem.Unavailable,
        "Bob no longer has the file. Ask Bob to send it again."
    )]
    [InlineData(TransferState.Completed, TransferProblem.None, null)]
    public void Received_file_says_why_it_stopped(TransferState state, TransferProblem problem, string? expected) =>
        Assert.Equal(expected, TextOf(state, isOurs: false, copy: null, problem));

    private static string? TextOf(
        TransferState state,
        bool isOurs,
        FileCopy? copy,
        TransferProblem problem = TransferProblem.None,
        bool isConnected = false
    ) =>
        FileStateText
            .Of(
                new FileTransfer(
                    Username.Parse("bob"),
                    Guid.Empty,
                    isOurs,
                    "a.txt",
                    1024,
                    "text/plain",
                    state,
                    problem,
                    Done: 0
                )
                {
                    Copy = copy,
                },
                "Bob",
                isConnected
            )
            .Text;
}
