using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Identity;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Accounts for each name's files in the name's shard, and for the sum of all in three keys of their own.
/// <c>Scripts/peers.lua</c> describes the keys. A blob's name starts with its shard.
/// </summary>
internal sealed class RedisFileLedger(RedisConnection connection, IOptions<DirectoryOptions> options) : IFileLedger
{
    private const int SweepBatch = 100;
    private const int RandomSize = 15;
    private const int Fields = 5;

    private static readonly RedisKey[] TotalKeys =
    [
        "{p2pchat:files}:held",
        "{p2pchat:files}:bytes",
        "{p2pchat:files}:claimants",
    ];
    private static readonly RedisScript ReserveScript = RedisScript.ForFiles("filereserve");
    private static readonly RedisScript KeepScript = RedisScript.ForFiles("filekeep");
    private static readonly RedisScript ReadScript = RedisScript.ForFiles("fileread");
    private static readonly RedisScript DeleteScript = RedisScript.ForFiles("filedelete");
    private static readonly RedisScript WithdrawScript = RedisScript.ForFiles("filewithdraw");
    private static readonly RedisScript DiscardScript = RedisScript.ForFiles("filediscard");
    private static readonly RedisScript SweepScript = RedisScript.ForFiles("filesweep");
    private static readonly RedisScript ForgetScript = RedisScript.ForFiles("fileforget");
    private static readonly RedisScript KnownScript = RedisScript.ForFiles("fileknown");
    private static readonly RedisScript HoldScript = RedisScript.Standalone("filehold");
    private static readonly RedisScript DropScript = RedisScript.Standalone("filedrop");

    private readonly FileStoreOptions _options = options.Value.Files;

    public string SystemName => "redis";

    public async Task<ReserveResult> ReserveAsync(
        Username recipient,
        FileDeposit file,
        CancellationToken cancellationToken
    )
    {
        var shard = Shard.Of(recipient);
        var blob = string.Create(
            CultureInfo.InvariantCulture,
            $"{shard.Index:x2}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomSize))}"
        );
        var reply = await EvaluateAsync(
            ReserveScript,
            recipient,
            cancellationToken,
            (long)options.Value.Lease.TotalMilliseconds,
            (long)options.Value.Claim.TotalMilliseconds,
            recipient.Value,
            file.CapabilityHash,
            file.Id,
            blob,
            file.Size,
            file.Digest,
            (long)_options.TransferTimeout.TotalMilliseconds,
            _options.CapabilityFiles,
            _options.CapabilityBytes,
            _options.MailboxFiles,
            _options.MailboxBytes
        );
        switch (reply.Text(0))
        {
            case "existing":
                return new ReserveResult(FileOutcome.Existing, reply.Text(1), reply.Time(2));
            case "unknown":
                return new ReserveResult(FileOutcome.UnknownCapability);
            case "full":
                return new ReserveResult(FileOutcome.Full);
            case "taken":
                return new ReserveResult(FileOutcome.Taken);
            case not "reserved" and var other:
                throw ScriptReply.Unexpected(other);
        }

        // After the reservation: a crash in between leaves only that, which ends by itself.
        var held = await connection.EvaluateAsync(
            HoldScript,
            TotalKeys,
            cancellationToken,
            blob,
            FileCharge.Of(file.Size),
            options.Value.FilesInTotal,
            reply.Text(1)
        );
        if (held.Flag(0))
        {
            return new ReserveResult(FileOutcome.Done, blob);
        }

        await CancelAsync(recipient, file.Id, blob, cancellationToken);
        // It has no bytes, so it need not count until a sweep.
        _ = await ByShardAsync(ForgetScript, [blob], cancellationToken);
        return new ReserveResult(FileOutcome.TotalFull);
    }

    public async Task<KeepResult> KeepAsync(
        Username recipient,
        string id,
        string blob,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(
            KeepScript,
            recipient,
            cancellationToken,
            recipient.Value,
            id,
            blob,
            (long)_options.Kept.TotalMilliseconds
        );
        return reply.Text(0) switch
        {
            "kept" => new KeepResult(FileOutcome.Done, reply.Time(1)),
            "unknown" => new KeepResult(FileOutcome.UnknownCapability),
            _ => new KeepResult(FileOutcome.Gone),
        };
    }

    public Task CancelAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        EvaluateAsync(KeepScript, recipient, cancellationToken, recipient.Value, id, blob, "");

    public Task DiscardAsync(Username recipient, string id, string blob, CancellationToken cancellationToken) =>
        EvaluateAsync(DiscardScript, recipient, cancellationToken, recipient.Value, id, blob);

    public async Task<FileListResult> ReadAsync(
        Username owner,
        string tokenHash,
        string? id,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(ReadScript, owner, cancellationToken, owner.Value, tokenHash, id ?? "");
        if (reply.Text(0) == "unknown-token")
        {
            return new FileListResult(FileOutcome.UnknownToken, []);
        }

        var files = new List<WaitingFile>();
        for (var i = 1; i < reply.Count; i += Fields)
        {
            files.Add(
                new WaitingFile(
                    reply.Text(i),
                    reply.Text(i + 1),
                    reply.Number(i + 2),
                    reply.Text(i + 3),
                    reply.Time(i + 4)
                )
            );
        }

        return new FileListResult(FileOutcome.Done, files);
    }

    public async Task<FileOutcome> DeleteAsync(
        Username owner,
        string tokenHash,
        string id,
        CancellationToken cancellationToken
    )
    {
        var reply = await EvaluateAsync(DeleteScript, owner, cancellationToken, owner.Value, tokenHash, id);
        return reply.Text(0) == "deleted" ? FileOutcome.Done : FileOutcome.UnknownToken;
    }

    public Task WithdrawAsync(
        Username recipient,
        string capabilityHash,
        string id,
        CancellationToken cancellationToken
    ) => EvaluateAsync(WithdrawScript, recipient, cancellationToken, recipient.Value, capabilityHash, id);

    public async Task<FileSweepResult> SweepAsync(CancellationToken cancellationToken)
    {
        var replies = await Task.WhenAll(
            Shard.All.Select(shard =>
                connection.EvaluateAsync(
                    SweepScript,
                    shard.Keys,
                    cancellationToken,
                    SweepBatch,
                    (long)_options.Kept.TotalMilliseconds,
                    (long)_options.TransferTimeout.TotalMilliseconds
                )
            )
        );
        var total = await connection.EvaluateAsync(DropScript, TotalKeys, cancellationToken);
        return new FileSweepResult([.. replies.SelectMany(Texts)], total.Number(0));
    }

    public async Task ForgetAsync(IReadOnlyList<string> blobs, CancellationToken cancellationToken)
    {
        if (blobs.Count == 0)
        {
            return;
        }

        // The sum first: a crash in between repeats both.
        _ = await connection.EvaluateAsync(DropScript, TotalKeys, cancellationToken, Values(blobs));
        _ = await ByShardAsync(ForgetScript, blobs, cancellationToken);
    }

    public async Task<IReadOnlyList<string>> FindUnknownAsync(
        IReadOnlyList<string> blobs,
        CancellationToken cancellationToken
    ) => [.. (await ByShardAsync(KnownScript, blobs, cancellationToken)).SelectMany(Texts)];

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        // A blob counts in its shard first, so one that only the sum counts was forgotten, or lost by a failover.
        var cursor = "0";
        do
        {
            var page = (RedisResult[])
                (
                    await connection.CallAsync(
                        database => database.ExecuteAsync("HSCAN", TotalKeys[0], cursor, "COUNT", SweepBatch),
                        cancellationToken
                    )
                )!;
            cursor = (string)page[0]!;
            // Each blob is followed by its value.
            var blobs = ((string[])page[1]!).Where((_, index) => index % 2 == 0).ToList();
            var unknown = await FindUnknownAsync(blobs, cancellationToken);
            if (unknown.Count > 0)
            {
                _ = await connection.EvaluateAsync(DropScript, TotalKeys, cancellationToken, Values(unknown));
            }
        } while (cursor != "0");
    }

    private Task<ScriptReply[]> ByShardAsync(
        RedisScript script,
        IReadOnlyList<string> blobs,
        CancellationToken cancellationToken
    ) =>
        Task.WhenAll(
            blobs
                .GroupBy(ShardOf)
                .Select(group => connection.EvaluateAsync(script, group.Key.Keys, cancellationToken, Values(group)))
        );

    // One from another store is in no shard, so any of them says that it is unknown.
    private static Shard ShardOf(string blob) =>
        int.TryParse(blob.AsSpan(0, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var index)
        && index < Shard.Count
            ? Shard.All[index]
            : Shard.All[0];

    private static RedisValue[] Values(IEnumerable<string> blobs) => [.. blobs.Select(blob => (RedisValue)blob)];

    private static IEnumerable<string> Texts(ScriptReply reply) => Enumerable.Range(0, reply.Count).Select(reply.Text);

    private Task<ScriptReply> EvaluateAsync(
        RedisScript script,
        Username name,
        CancellationToken cancellationToken,
        params RedisValue[] values
    ) => connection.EvaluateAsync(script, Shard.Of(name).Keys, cancellationToken, values);
}
