using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests signed path messages with docs/vectors/paths.json.</summary>
public sealed class PathVectorTests
{
    public sealed record Paths(IReadOnlyList<PathVector> Requests, IReadOnlyList<PathVector> Answers);

    /// <summary>A message in hex: a valid one with its content and signer, an invalid one with its error.</summary>
    /// <param name="Now">With a request: the reader's time.</param>
    /// <param name="Request">With an answer: the content of the request that it must answer.</param>
    public sealed record PathVector(
        string Name,
        long? Now,
        string? Request,
        string Content,
        string Signature,
        string PublicKey,
        JsonElement? Message,
        string? Signer,
        string? Error
    );

    [Fact]
    public void Requests_verify_as_in_the_vectors() =>
        Verify(VectorFile.Read<Paths>("paths.json").Requests, PathRequest.Parser, (vector, signed) =>
            signed.VerifyRequest(DateTimeOffset.FromUnixTimeMilliseconds(Assert.NotNull(vector.Now)))
        );

    [Fact]
    public void Answers_verify_as_in_the_vectors() =>
        Verify(VectorFile.Read<Paths>("paths.json").Answers, PathAnswer.Parser, (vector, signed) =>
            signed.VerifyAnswer(new SignedPath(Bytes(vector.Request!), default, default))
        );

    private static void Verify<T>(
        IReadOnlyList<PathVector> vectors,
        MessageParser<T> parser,
        Func<PathVector, SignedPath, T> verify
    )
        where T : class, IMessage<T>, new()
    {
        Assert.Contains(vectors, vector => vector.Error is null);
        Assert.Contains(vectors, vector => vector.Error is not null);
        foreach (var vector in vectors)
        {
            var signed = new SignedPath(Bytes(vector.Content), Bytes(vector.Signature), Bytes(vector.PublicKey));
            T? message = null;
            var refused = Record.Exception(() => message = verify(vector, signed));
            Assert.Equal((vector.Name, vector.Error), (vector.Name, (refused as RecordException)?.Error.ToString()));
            if (message is not null)
            {
                Assert.Equal(vector.Signer, signed.Signer.ToString());
                var known = parser.WithDiscardUnknownFields(true).ParseFrom(message.ToByteArray());
                Assert.Equal(JsonParser.Default.Parse<T>(vector.Message!.Value.GetRawText()), known);
            }
            else
            {
                Assert.NotNull(vector.Error);
            }
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
