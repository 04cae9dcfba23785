using P2PChat.Client;
using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>What the console says about a file for somebody who is away.</summary>
public sealed class FileTextTests
{
    private static readonly DateTimeOffset Until = new(2026, 12, 14, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(FileCopyState.Waiting, null, "waits for bob: it will be uploaded to the directory soon")]
    [InlineData(FileCopyState.Stored, null, "waits for bob at the directory, until 2026-12-14")]
    [InlineData(
        FileCopyState.None,
        FileCopyProblem.TooLarge,
        "waits for bob: it is too large for the directory, so both must be online"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.NotStored,
        "waits for bob: the directory stores no files at the moment, so both must be online"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.DirectoryFull,
        "waits for bob: the directory has no room. This peer tries again"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.MailboxFull,
        "waits for bob: too many files wait for bob at the directory. This peer tries again"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.Unreachable,
        "waits for bob: the directory cannot be reached. This peer tries again"
    )]
    [InlineData(
        FileCopyState.None,
        FileCopyProblem.Changed,
        "waits for bob: it has changed since it was offered. Offer it again"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.Unreadable,
        "waits for bob: the file cannot be read at the moment. This peer tries again"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.NoMailbox,
        "waits for bob: bob accepts no files from you at the directory, so both must be online"
    )]
    [InlineData(
        FileCopyState.Waiting,
        FileCopyProblem.TooSlow,
        "waits for bob: the upload to the directory takes too long on this connection. This peer tries again later"
    )]
    [InlineData(FileCopyState.None, null, "waiting for bob to accept")]
    public void Sender_sees_where_its_file_waits_and_why(FileCopyState state, FileCopyProblem? problem, string text)
    {
        var until = state == FileCopyState.Stored ? Until : (DateTimeOffset?)null;
        var file = Item(yours: true, FileState.Offered, new FileCopyItem(state, problem, until));

        Assert.Equal($"a.txt (5 bytes) to bob: {text}", FileText.Line(file));
    }

    [Theory]
    [InlineData(FileCopyState.None, FileCopyProblem.TooLarge, "waiting for bob to accept")]
    [InlineData(FileCopyState.Waiting, FileCopyProblem.Unreachable, "waiting for bob to accept")]
    [InlineData(FileCopyState.Waiting, null, "waiting for bob to accept")]
    [InlineData(
        FileCopyState.None,
        FileCopyProblem.Changed,
        "waits for bob: it has changed since it was offered. Offer it again"
    )]
    public void Connected_receiver_needs_no_directory(FileCopyState state, FileCopyProblem? problem, string text)
    {
        var file = Item(yours: true, FileState.Offered, new FileCopyItem(state, problem));

        Assert.EndsWith(
            $"  a.txt (5 bytes) to bob: {text}",
            Assert.Single(FileText.List([file], new HashSet<string> { "bob" })),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(null, "0 %, waits at the directory")]
    [InlineData(
        FileCopyProblem.Unreachable,
        "0 %, waits for bob: the directory cannot be reached. This peer tries again"
    )]
    [InlineData(FileCopyProblem.NotThereYet, "0 %, waits for bob: it is not at the directory. This peer looks again")]
    public void Receiver_sees_that_a_file_can_be_fetched(FileCopyProblem? problem, string text)
    {
        var file = Item(yours: false, FileState.Active, new FileCopyItem(FileCopyState.Waiting, problem));

        Assert.Equal($"a.txt (5 bytes) from bob: {text}", FileText.Line(file));
    }

    [Theory]
    [InlineData(FileState.Offered, null, "waiting for you to accept")]
    [InlineData(FileState.Active, null, "99 %, 1 KiB/s, 2 s left")]
    [InlineData(FileState.Paused, null, "99 %, paused")]
    [InlineData(
        FileState.Paused,
        FileProblem.DiskFull,
        "99 %, paused because the disk is full. Free some space, then accept it again"
    )]
    [InlineData(
        FileState.Paused,
        FileProblem.NotWritable,
        "99 %, waits: the download folder cannot be written. Check it. This peer tries again"
    )]
    [InlineData(FileState.Completed, null, "complete, /a/a.txt")]
    [InlineData(FileState.Declined, null, "declined")]
    [InlineData(FileState.Cancelled, null, "cancelled")]
    [InlineData(FileState.Failed, null, "failed for an unknown reason")]
    [InlineData(
        FileState.Failed,
        FileProblem.WrongData,
        "failed because bob's peer sent data that does not match the offer"
    )]
    public void Each_state_of_a_received_file_has_its_words(FileState state, FileProblem? problem, string text)
    {
        var file = new FileItem(
            Guid.Empty,
            "bob",
            Yours: false,
            "a.txt",
            Size: 1000,
            "text/plain",
            state,
            Done: 999,
            problem,
            Rate: 1024,
            SecondsLeft: 1.5,
            Path: state == FileState.Completed ? "/a/a.txt" : null
        );

        Assert.Equal($"a.txt (1000 bytes) from bob: {text}", FileText.Line(file));
    }

    private static FileItem Item(bool yours, FileState state, FileCopyItem copy) =>
        new(Guid.Empty, "bob", yours, "a.txt", 5, "text/plain", state, Done: 0, Copy: copy);
}
