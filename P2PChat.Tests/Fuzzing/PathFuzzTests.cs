using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Vectors;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Path messages and the signals that carry them.</summary>
public sealed class PathFuzzTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Fuzzed_path_messages_are_verified_or_rejected()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var vectors = VectorFile.Read<PathVectorTests.Paths>("paths.json");
        var seeds = vectors.Requests.Concat(vectors.Answers).Select(vector => Convert.FromHexString(vector.Content));
        var asked = new SignedPath(Convert.FromHexString(vectors.Answers[0].Request!), default, default);
        Fuzzer.Run(share: 1, Form.Message, seeds.Where(seed => seed.Length > 0), input =>
        {
            var isRequest = Verifies("P2PChat path request v1\0", signed =>
            {
                var request = signed.VerifyRequest(Now);
                Assert.True(Username.TryParse(request.From, out _) && Username.TryParse(request.To, out _));
                Assert.Equal(PeerId.Size, request.ToPeerId.Length);
                Check(request.Candidates);
            });
            var isAnswer = Verifies("P2PChat path answer v1\0", signed => Check(signed.VerifyAnswer(asked).Candidates));
            return isRequest || isAnswer;

            bool Verifies(string context, Action<SignedPath> verify)
            {
                byte[] bytes = [.. Encoding.ASCII.GetBytes(context), .. input];
                try
                {
                    verify(new SignedPath(input, IdentityKey.Sign(key, bytes), publicKey));
                    return true;
                }
                catch (RecordException)
                {
                    return false;
                }
            }
        });

        static void Check(IReadOnlyCollection<Endpoint> candidates)
        {
            Assert.InRange(candidates.Count, 0, 8);
            Assert.All(candidates, candidate => Assert.InRange(candidate.Port, 1u, 65535u));
        }
    }

    [Fact]
    public void Fuzzed_path_signals_are_read_or_ignored()
    {
        using var identity = PeerIdentity.Create();
        var options = new PeerOptions { Username = "bob" };
        var registration = new DirectoryRegistration(new EventLog()) { DirectoryId = new byte[16] };
        var signals = new PathSignals(
            new PathRequestVerifier(identity, registration, options, TimeProvider.System),
            TimeProvider.System,
            NullLogger<PathSignals>.Instance
        );
        var heard = false;
        using var listening = signals.Listen("AAECAwQFBgcICQoLDA0ODw", _ => heard = true);
        var seeds = VectorFile
            .Read<List<DirectoryVectorTests.JsonVector>>("directory.json")
            .Where(vector => vector.Type is "PathSessionBody" or "SessionSignal" or "PathSignalBody" or "PathSignal")
            .Select(vector => Encoding.UTF8.GetBytes(vector.Json.ToJsonString()));
        Fuzzer.Run(share: 2, Form.Json, seeds, input =>
        {
            heard = false;
            var text = Encoding.UTF8.GetString(input);
            signals.OnSession(text);
            signals.OnPath(text);
            // Nobody can sign for the peer that these are for.
            Assert.False(signals.Incoming.TryRead(out _));
            return IsBody(input) || heard;
        });
    }

    private static bool IsBody(byte[] input)
    {
        var isSession = Reads(async context =>
        {
            var body = await PathBody.ReadAsync(context, DirectoryJson.Default.PathSessionBody);
            _ = body.Request.ToSigned();
        });
        return Reads(context => PathBody.ReadAsync(context, DirectoryJson.Default.PathSignalBody)) || isSession;

        bool Reads(Func<HttpContext, Task> read)
        {
            var context = new DefaultHttpContext();
            context.Request.ContentType = "application/json";
            context.Request.ContentLength = input.Length;
            context.Request.Body = new MemoryStream(input);
            try
            {
                read(context).GetAwaiter().GetResult();
                return true;
            }
            catch (ProblemException exception)
            {
                Assert.InRange(exception.Problem.Status!.Value, 400, 499);
                return false;
            }
            catch (RecordException)
            {
                return false;
            }
        }
    }
}
