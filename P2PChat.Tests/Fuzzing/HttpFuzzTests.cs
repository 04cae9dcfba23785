using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using P2PChat.Discovery.Http;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node.DirectoryClient;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Requests to the directory, and its responses to a peer.</summary>
public sealed class HttpFuzzTests
{
    private static readonly string[] ContentTypes =
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/problem+json",
        "text/html; charset=nonsense",
        "application/json; charset=\"\"",
        "text/plain; charset=utf-16",
    ];

    [Fact]
    public void Fuzzed_request_bodies_are_accepted_or_rejected() =>
        Fuzzer.Run(share: 5, Form.Json, VectorCorpus.Bodies(), IsTaken);

    [Theory]
    [InlineData(4096)]
    [InlineData(8192)]
    public void Truncated_json_body_is_rejected_at_any_length(int around)
    {
        // Streaming JSON readers have failed on a last segment that ends within "null".
        const string Head = "{\"record\":\"",
            Tail = "\",\"record\":nul";
        for (var length = around - 8; length <= around + 8; length++)
        {
            Assert.False(
                IsTaken(Encoding.UTF8.GetBytes(Head + new string('A', length - Head.Length - Tail.Length) + Tail))
            );
        }
    }

    [Fact]
    public void Fuzzed_problem_details_become_a_safe_message() => Fuzzer.Run(share: 8, Form.Json, Problems(), input =>
        {
            using var response = new HttpResponseMessage(
                input.Length % 3 == 0 ? HttpStatusCode.Conflict : HttpStatusCode.BadRequest
            )
            {
                Content = Content(input),
            };
            var problem = DirectoryProblem.ReadAsync(response, CancellationToken.None).GetAwaiter().GetResult();

            // The message is shown to a person.
            Assert.InRange(problem.Message.Length, 1, 400);
            Assert.DoesNotContain(problem.Message, c =>
                c != '\t'
                && (
                    char.IsControl(c)
                    || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069')
                )
            );
            return problem.Failure != DirectoryFailure.Refused;
        });

    [Fact]
    public void Fuzzed_directory_responses_are_read_or_rejected()
    {
        var next = Array.Empty<byte>();
        var clients = new Clients(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = Content(next) });
        var (client, http) = (TestDirectoryClient.Create(clients), new DirectoryHttp(clients, new PeerOptions()));
        var name = Username.Parse("alice");
        Fuzzer.Run(share: 7, Form.Json, Answers(), input =>
        {
            next = input;
            return Task.WhenAll(
                    Holds(async () =>
                        Assert.NotNull((await client.GetDirectoryAsync(CancellationToken.None)).DirectoryId)
                    ),
                    Holds(async () =>
                        Assert.Matches(
                            "^[!-~]{1,1000}$",
                            (await client.RegisterAsync(name, VectorCorpus.Records()[0], CancellationToken.None))
                                .Lease
                                .LeaseToken
                        )
                    ),
                    Holds(async () =>
                        Assert.False(
                            double.IsNaN(
                                (await client.RenewAsync(name, "token", CancellationToken.None)).RenewAfterSeconds
                            )
                        )
                    ),
                    Holds(async () =>
                        Assert.All(await client.ListAsync(CancellationToken.None), peer =>
                            Assert.NotNull(peer.Username)
                        )
                    ),
                    Holds(async () =>
                    {
                        var found = await client.FindAsync(name, "token", CancellationToken.None);
                        Assert.NotNull(found.Username);
                        Assert.True(
                            found.Signed is null or { Record: not null, Signature: not null, PublicKey: not null }
                        );
                    }),
                    Holds(async () =>
                    {
                        using var request = new HttpRequestMessage(HttpMethod.Get, "peers/alice/files");
                        var listing = DirectoryJson.Default.FileListing;
                        // The ids become part of URLs.
                        Assert.All((await http.CallAsync(request, listing, CancellationToken.None)).Files, file =>
                        {
                            Assert.Matches(@"^[0-9a-f]{32}\z", file.Id);
                            Assert.NotNull(file.Digest);
                        });
                    })
                )
                .GetAwaiter()
                .GetResult()
                .Any(taken => taken);
        });

        static async Task<bool> Holds(Func<Task> call)
        {
            try
            {
                await call();
                return true;
            }
            catch (DirectoryException)
            {
                return false;
            }
        }
    }

    private static bool IsTaken(byte[] body)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = body.Length;
        context.Request.Body = new MemoryStream(body);
        try
        {
            var record = SignedRecordReader.ReadAsync(context).GetAwaiter().GetResult();
            Assert.True(Username.TryParse(record.Username.Value, out _));
            return true;
        }
        catch (ProblemException exception)
        {
            Assert.InRange(exception.Problem.Status!.Value, 400, 499);
            Assert.InRange(exception.Problem.Detail!.Length, 1, 500);
            return false;
        }
    }

    private static IEnumerable<byte[]> Problems()
    {
        foreach (
            var type in new[]
            {
                ProblemTypes.StaleSequence,
                ProblemTypes.NameTaken,
                ProblemTypes.UnknownPeer,
                "about:blank",
            }
        )
        {
            yield return JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    type,
                    title = "A newer record is known",
                    status = 409,
                    detail = "Sign the record again, with a sequence above lastSequence.",
                    lastSequence = 1_800_000_000_000,
                    traceId = "0af7651916cd43dd8448eb211c80319c",
                }
            );
        }
    }

    private static IEnumerable<byte[]> Answers()
    {
        var peerId = PeerId.FromPublicKey(VectorCorpus.Records()[0].PublicKey.Span).ToString();
        var at = DateTimeOffset.UnixEpoch;
        var signed = Discovery.TestIdentity.Body(VectorCorpus.Records()[0]);
        yield return Json(
            new DirectoryInfo("00112233445566778899aabbccddeeff", "1", new DirectoryLimits(8192, 100, 30, 30, 300))
        );
        yield return Json(new RegistrationResponse("alice", peerId, "alice.token", at, 10));
        yield return Json(
            new PeerListing(
                [new PeerSummary("alice", peerId, true, at), new PeerSummary("bob", peerId, false, at)],
                null
            )
        );
        yield return Json(new PeerDetails("alice", peerId, true, at, signed));
        yield return Json(
            new FileListing([
                new WaitingFileEntry("00112233445566778899aabbccddeeff", 21, Convert.ToBase64String(new byte[32]), at),
            ])
        );

        static byte[] Json<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, JsonSerializerOptions.Web);
    }

    private static ByteArrayContent Content(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentTypes[bytes.Length % ContentTypes.Length]);
        return content;
    }

    private sealed class Clients(Func<HttpResponseMessage> answer) : IHttpClientFactory
    {
        public HttpClient CreateClient(string name)
        {
            var client = new HttpClient(new Answering(answer));
            DirectoryHttpClient.Configure(client, new PeerOptions());
            return client;
        }
    }

    private sealed class Answering(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => Task.FromResult(answer());
    }
}
