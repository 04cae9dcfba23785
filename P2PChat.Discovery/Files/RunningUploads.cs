using System.Collections.Concurrent;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Files;

/// <summary>
/// The uploads in progress on this replica. A repeated one or a withdrawal ends the earlier one, which otherwise holds
/// its slot and quota until it times out. Thread-safe.
/// </summary>
internal sealed class RunningUploads(TimeProvider timeProvider)
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(Username Recipient, string CapabilityHash, string Id), Upload> _uploads = [];

    /// <summary>Adds an upload, after ending an earlier one of the same file by the same contact.</summary>
    public async Task<Upload> BeginAsync(Username recipient, string capabilityHash, string id)
    {
        var upload = new Upload(this, (recipient, capabilityHash, id));
        while (!_uploads.TryAdd(upload.Key, upload))
        {
            await EndAsync(recipient, capabilityHash, id);
        }

        return upload;
    }

    /// <summary>Ends an upload, if there is one, and waits until its space is free.</summary>
    public async Task EndAsync(Username recipient, string capabilityHash, string id)
    {
        if (!_uploads.TryGetValue((recipient, capabilityHash, id), out var upload))
        {
            return;
        }

        await upload.CancelAsync();
        try
        {
            await upload.Ended.WaitAsync(EndTimeout, timeProvider);
        }
        catch (TimeoutException)
        {
            // Its disk hangs. The ledger has replaced it anyway.
            _ = _uploads.TryRemove(new(upload.Key, upload));
        }
    }

    public sealed class Upload(RunningUploads uploads, (Username, string, string) key) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _replaced = new();

        public (Username, string, string) Key => key;

        /// <summary>Cancelled when the upload is replaced or withdrawn.</summary>
        public CancellationToken Replaced => _replaced.Token;

        public Task Ended => _ended.Task;

        public Task CancelAsync() => _replaced.CancelAsync();

        public void Dispose()
        {
            _ = uploads._uploads.TryRemove(new(key, this));
            _ended.TrySetResult();
            // Not disposed: another call may be about to cancel it. It has no timer.
        }
    }
}
