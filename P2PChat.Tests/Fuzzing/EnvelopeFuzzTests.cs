using P2PChat.Protocol.Envelopes;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Whatever is left in a mailbox, its owner opens it or says by one exception that it does not.</summary>
public sealed class EnvelopeFuzzTests
{
    [Fact]
    public void Envelopes()
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
            catch (EnvelopeException e)
            {
                // As far as to its key is far enough to be changed further.
                return e.Error is EnvelopeError.NotDecrypted or EnvelopeError.BadSignature;
            }
        });
    }

    [Fact]
    public void What_a_contact_may_have_signed() =>
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
                catch (EnvelopeException e)
                {
                    Assert.Equal(EnvelopeError.Malformed, e.Error);
                    return false;
                }
            }
        );
}
