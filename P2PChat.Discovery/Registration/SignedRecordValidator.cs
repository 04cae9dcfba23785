using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Registration;

/// <summary>Validates the record of a registration or a leave, as far as possible without the store.</summary>
internal sealed class SignedRecordValidator(DirectoryIdentity identity, TimeProvider timeProvider)
{
    // GET /peers/events is the event stream.
    private const string Reserved = "events";

    /// <exception cref="ProblemException">The request is not valid.</exception>
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
                Problems.InvalidRecord("The record's username differs from the one in the request's path.")
            );
        }

        if (record.Content.Purpose != purpose)
        {
            throw new ProblemException(
                Problems.InvalidRecord(
                    purpose == Purpose.Register
                        ? "The record's purpose must be to register."
                        : "The record's purpose must be to leave."
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
        var now = timeProvider.GetUtcNow();
        try
        {
            record.CheckTime(now);
        }
        catch (RecordException exception)
        {
            throw new ProblemException(Problems.Refused(exception));
        }

        // Records are public. After a claim ends, its last sequence is gone, so an old record must not be accepted
        // again.
        if ((long)record.Content.Sequence < (now - SignedRecord.ClockSkew).ToUnixTimeMilliseconds())
        {
            throw new ProblemException(
                Problems.ClockSkew(
                    "The record was signed more than 5 minutes ago. Sign a new one, and check this machine's clock."
                )
            );
        }
    }
}
