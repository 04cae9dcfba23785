using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Mailbox;

/// <summary>Decides what a failed call means for the copies at the directory.</summary>
internal static class CopyRetryPolicy
{
    /// <summary>For failures that only the other side or the user can end.</summary>
    public static readonly MailPause UntilTheyAct = MailPause.GrowingTo(CopySchedule.LongestPause);

    // Each try sends the whole file.
    private static readonly MailPause Rarely = MailPause.GrowingFrom(TimeSpan.FromHours(1), TimeSpan.FromDays(1));

    /// <summary>What the user sees, how long to wait, and which other copies would fail for the same reason.</summary>
    public static CopyFailure Of(DirectoryException exception) =>
        exception switch
        {
            { Failure: DirectoryFailure.FilesNotStored } => new(
                CopyProblem.NotStored,
                MailPause.Of(MailPause.Long),
                CopyScope.All
            ),
            { Failure: DirectoryFailure.FileTooLarge } => new(CopyProblem.TooLarge, UntilTheyAct),
            { Failure: DirectoryFailure.UploadTooSlow } => new(CopyProblem.TooSlow, Rarely),
            { Failure: DirectoryFailure.FileStoreFull, RetryAfter: var wait } => new(
                CopyProblem.DirectoryFull,
                MailPause.Of(wait ?? MailPause.Long),
                CopyScope.All
            ),
            { Failure: DirectoryFailure.MailboxFull, RetryAfter: var wait } => new(
                CopyProblem.MailboxFull,
                MailPause.Of(wait ?? MailPause.Long),
                CopyScope.Contact
            ),
            { Failure: DirectoryFailure.CapabilityUnknown } => new(
                CopyProblem.NoMailbox,
                UntilTheyAct,
                CopyScope.Contact
            ),
            // It may not have been uploaded yet.
            { Failure: DirectoryFailure.UnknownFile } => new(CopyProblem.NotThereYet, UntilTheyAct),
            { Failure: DirectoryFailure.Unreachable, RetryAfter: { } wait } => new(
                CopyProblem.Unreachable,
                MailPause.Of(wait),
                CopyScope.All
            ),
            { Failure: DirectoryFailure.Unreachable or DirectoryFailure.LeaseGone } => new(
                CopyProblem.Unreachable,
                MailPause.Growing,
                CopyScope.All
            ),
            _ => new(CopyProblem.Unreachable, UntilTheyAct),
        };
}
