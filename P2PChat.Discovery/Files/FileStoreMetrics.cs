using System.Diagnostics.Metrics;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Files;

/// <summary>
/// The metrics of the file store: <c>p2pchat.directory.files.*</c>, without names, capabilities or addresses.
/// </summary>
internal sealed class FileStoreMetrics
{
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _uploaded;
    private readonly Counter<long> _downloads;
    private readonly Counter<long> _deleted;
    private readonly Counter<long> _orphans;
    private long _stored;

    public FileStoreMetrics(IMeterFactory meters, IFileStore store, TransferSlots slots)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _uploads = meter.CreateCounter<long>(
            "p2pchat.directory.files.uploads",
            "{file}",
            "Attempted uploads of files by outcome."
        );
        _uploaded = meter.CreateCounter<long>("p2pchat.directory.files.uploaded", "By", "Bytes of accepted files.");
        _downloads = meter.CreateCounter<long>(
            "p2pchat.directory.files.downloads",
            "{file}",
            "Downloads of files or ranges of them by outcome."
        );
        _deleted = meter.CreateCounter<long>(
            "p2pchat.directory.files.deleted",
            "{file}",
            "Files whose bytes this replica deleted: expired, deleted, withdrawn, or without a claim."
        );
        _orphans = meter.CreateCounter<long>(
            "p2pchat.directory.files.orphans",
            "{file}",
            "Files left behind by a crash that this replica deleted."
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.files.stored",
            () => Interlocked.Read(ref _stored),
            "By",
            "Bytes of all files, stored or reserved, when this replica last swept."
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.files.enabled",
            () => store.Status.State == FileStoreState.On ? 1L : 0L,
            "{store}",
            "1 while this replica stores files."
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.files.transfers",
            () => (long)slots.Count,
            "{transfer}",
            "Uploads and downloads in progress on this replica."
        );
    }

    public void Uploaded(long bytes)
    {
        Count(_uploads, "uploaded");
        _uploaded.Add(bytes);
    }

    public void UploadRefused(string outcome) => Count(_uploads, outcome);

    public void Downloaded(string outcome) => Count(_downloads, outcome);

    public void Deleted(int files) => _deleted.Add(files);

    public void OrphansDeleted(int files) => _orphans.Add(files);

    public void Stored(long bytes) => Interlocked.Exchange(ref _stored, bytes);

    private static void Count(Counter<long> counter, string outcome) =>
        counter.Add(1, new KeyValuePair<string, object?>("outcome", Telemetry.Word(outcome)));
}
