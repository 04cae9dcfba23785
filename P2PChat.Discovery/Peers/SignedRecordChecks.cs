using P2PChat.Discovery.Http;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary>What a registration and a leave must fulfil before the store is asked.</summary>
internal sealed class SignedRecordChecks(DirectoryIdentity identity, TimeProvider time)
{
    // GET /peers/events is the event stream.
    private const string Reserved = "events";

    /// <exception cref="ProblemException">What is wrong with the request.</exception>
    public async Task<VerifiedRecord> ReadAsync(HttpContext context, string path, Purpose purpose)
    {
        if (!Username.TryParse(path, out var username))
        {
            throw new ProblemException(Problems.InvalidUsername());
        }

        if (username.Value == Reserved)
        {
            throw new ProblemException(Problems.ReservedUsername());
        }

        var record = await SignedRecordReader.ReadAsync(context);
        if (record.Username != username)
        {
            throw new ProblemException(
                Problems.InvalidRecord("The record names another username than the address of the request.")
            );
        }

        if (record.Content.Purpose != purpose)
        {
            throw new ProblemException(
                Problems.InvalidRecord(
                    purpose == Purpose.Register
                        ? "The record's purpose is not to register."
                        : "The record's purpose is not to leave."
                )
            );
        }

        if (Convert.ToHexStringLower(record.Content.DirectoryId.Span) != identity.Id)
        {
            throw new ProblemException(Problems.WrongDirectory());
        }

        CheckTime(record);
        return record;
    }

    private void CheckTime(VerifiedRecord record)
    {
        var now = time.GetUtcNow();
        try
        {
            record.CheckTime(now);
        }
        catch (RecordException exception)
        {
            throw new ProblemException(Problems.Refused(exception));
        }

        // Others can look a record up: where the claim is gone, and with it the last sequence, nobody shall bring an old one back.
        if ((long)record.Content.Sequence < (now - SignedRecord.ClockSkew).ToUnixTimeMilliseconds())
        {
            throw new ProblemException(
                Problems.ClockSkew(
                    "The record was signed more than 5 minutes ago: sign a new one, and check this machine's clock."
                )
            );
        }
    }
}
