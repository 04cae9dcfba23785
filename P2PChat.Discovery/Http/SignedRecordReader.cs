using System.Buffers.Text;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Http;

/// <summary>
/// Reads a signed record from a request body and verifies its signature. Reads each request once, because its access
/// may depend on the signer.
/// </summary>
internal static class SignedRecordReader
{
    /// <exception cref="ProblemException">The body is malformed, or the record is not valid.</exception>
    public static async Task<VerifiedRecord> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<VerifiedRecord>() is { } read)
        {
            return read;
        }

        var record = await ReadBodyAsync(context);
        context.Features.Set(record);
        return record;
    }

    private static async Task<VerifiedRecord> ReadBodyAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problems.UnsupportedMediaType());
        }

        // Read the whole body first: System.Text.Json may throw an undocumented exception if a stream ends within a
        // word.
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        SignedRecordBody? body;
        try
        {
            body = JsonSerializer.Deserialize(
                bytes.GetBuffer().AsSpan(0, (int)bytes.Length),
                DirectoryJson.Default.SignedRecordBody
            );
        }
        catch (JsonException)
        {
            throw Malformed(
                "The body must be the JSON object {\"record\", \"signature\", \"publicKey\"}, each a string of base64."
            );
        }

        var signed = new SignedRecord(
            Decode("record", body?.Record),
            Decode("signature", body?.Signature),
            Decode("publicKey", body?.PublicKey)
        );
        try
        {
            return signed.Verify();
        }
        catch (RecordException exception)
        {
            throw new ProblemException(Problems.Refused(exception));
        }
    }

    private static byte[] Decode(string field, string? text)
    {
        if (text is null)
        {
            throw Malformed($"The body lacks the field '{field}'.");
        }

        if (!Base64.IsValid(text))
        {
            throw Malformed($"The field '{field}' is not valid base64.");
        }

        return Convert.FromBase64String(text);
    }

    private static ProblemException Malformed(string detail) => new(Problems.Malformed(detail));
}
