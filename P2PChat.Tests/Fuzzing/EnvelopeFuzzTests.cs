using P2PChat.Protocol.Envelopes;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any mail is either opened or rejected by the documented exception.</summary>
public sealed class EnvelopeFuzzTests
{
    [Fact]
    public void Fuzzed_envelopes_are_opened_or_rejected()
    {
        var vectors = VectorCorpus.Envelopes;
        var valid = vectors.Valid.Select(vector => Convert.FromHexString(vector.Envelope)).ToList();
        var seeds = valid.Concat(
            vectors
                .Invalid.Select(vector => Convert.FromHexString(vector.Envelope))
                .Where(envelope => envelope.Length > 4)
        );
        Fuzzer.Run(share: 1, Form.Bytes, seeds, input =>
        {
            try
            {
                _ = EnvelopeVectorTests.Open(vectors, input);
                Assert.Contains(valid, envelope => envelope.AsSpan().SequenceEqual(input));
                return true;
            }
            catch (EnvelopeException exception)
            {
                // Inputs that are rejected only at decryption or later are mutated further.
                return exception.Error is EnvelopeError.NotDecrypted or EnvelopeError.BadSignature;
            }
        });
    }

    [Fact]
    public void Fuzzed_contents_of_a_contact_are_opened_or_rejected() =>
        Fuzzer.Run(
            share: 4,
            Form.Frame,
            VectorCorpus.Frames().Select(frame => (byte[])[.. frame, 0, 0, 0, 0, 0]),
            input =>
            {
                try
                {
                    Assert.NotEmpty(EnvelopeContent.Read(input));
                    return true;
                }
                catch (EnvelopeException exception)
                {
                    Assert.Equal(EnvelopeError.Malformed, exception.Error);
                    return false;
                }
            }
        );
}
