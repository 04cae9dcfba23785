using System.Globalization;

namespace P2PChat.Discovery.Configuration;

/// <summary>Checks <see cref="FileStoreOptions"/>.</summary>
internal static class FileStoreOptionsCheck
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    /// <returns>The options that cannot work, below <c>Directory:</c>, each with the rest of a sentence.</returns>
    public static IEnumerable<(string Option, string Problem)> Problems(DirectoryOptions options)
    {
        var files = options.Files;
        (string Option, long Value, long Least)[] numbers =
        [
            // All names of one address may use 1/16 of the remaining total.
            (
                nameof(options.FilesInTotal),
                options.FilesInTotal,
                FileCharge.PartsOfRest * FileCharge.Of(files.FileBytes)
            ),
            (Under(nameof(files.FileBytes)), files.FileBytes, 1),
            (Under(nameof(files.CapabilityBytes)), files.CapabilityBytes, FileCharge.Of(files.FileBytes)),
            (Under(nameof(files.MailboxBytes)), files.MailboxBytes, FileCharge.Of(files.FileBytes)),
            (Under(nameof(files.CapabilityFiles)), files.CapabilityFiles, 1),
            (Under(nameof(files.MailboxFiles)), files.MailboxFiles, 1),
            (Under(nameof(files.Transfers)), files.Transfers, 1),
            (Under(nameof(files.TransfersPerAddress)), files.TransfersPerAddress, 1),
            (Under(nameof(files.TransfersPerMailbox)), files.TransfersPerMailbox, 1),
        ];
        foreach (var (option, value, least) in numbers.Where(number => number.Value < number.Least))
        {
            yield return (option, Text($"is {value}, but must be at least {least}."));
        }

        // One script reads all files of a mailbox.
        if (files.MailboxFiles > 1024)
        {
            yield return (Under(nameof(files.MailboxFiles)), "must not be above 1024.");
        }

        if (files.FreeShare is not (>= 0 and <= 0.9))
        {
            yield return (Under(nameof(files.FreeShare)), "must be between 0 and 0.9.");
        }

        (string Option, TimeSpan Value, TimeSpan Most)[] times =
        [
            (nameof(files.Kept), files.Kept, TimeSpan.FromDays(3650)),
            (nameof(files.TransferTimeout), files.TransferTimeout, TimeSpan.FromDays(1)),
            (nameof(files.SweepEvery), files.SweepEvery, TimeSpan.FromHours(1)),
            (nameof(files.OrphanSweepEvery), files.OrphanSweepEvery, TimeSpan.FromDays(30)),
            (nameof(files.OrphanAge), files.OrphanAge, TimeSpan.FromDays(30)),
            (nameof(files.CheckEvery), files.CheckEvery, TimeSpan.FromSeconds(15)),
            (nameof(files.FullRetryAfter), files.FullRetryAfter, TimeSpan.FromDays(1)),
        ];
        foreach (var (option, value, most) in times.Where(time => time.Value < Shortest || time.Value > time.Most))
        {
            yield return (
                Under(option),
                Text($"is {value}, but must be between {Shortest} and {most}. Write 30 seconds as 00:00:30.")
            );
        }
    }

    private static string Under(string option) => $"{nameof(DirectoryOptions.Files)}:{option}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
